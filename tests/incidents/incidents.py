"""The twelve incidents: how each happens, and what an operator does beside the command that Cadencia gives."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from tests.incidents.site import Site

Happens = Callable[[Site], Awaitable[None]]
STORM = 5000
WAIT = "        if await self.wait_for("


@dataclass(frozen=True)
class Incident:
    """`mended`: what is done before the command is given; nothing, where the command is all."""

    happens: Happens
    mended: Happens


async def nothing(site: Site) -> None:
    """The command is all."""


async def dead_relay(site: Site) -> None:
    site.bench.sink.kill()
    await site.enroll()


async def relay_back(site: Site) -> None:
    await site.bench.sink.start()


async def bad_template(site: Site) -> None:
    site.shop.edit(site.shop.template, "contact.name", "contact.nickname")
    await site.enroll()


async def files_mended(site: Site) -> None:
    site.shop.mend()


async def files_mended_and_run(site: Site) -> None:
    site.shop.mend()
    await site.restart()


async def wrong_parameter(site: Site) -> None:
    """Somebody is inside with a value that the edited workflow refuses."""
    (id,) = await site.enroll(visits=9)
    await site.stands(id, "running")
    site.shop.edit(site.shop.workflow, "le=10", "le=5")
    await site.restart()


async def deleted_run(site: Site) -> None:
    (id,) = await site.enroll()
    client = await site.client
    request = DeleteWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=id)
    )
    await client.workflow_service.delete_workflow_execution(request)


async def older_store(site: Site) -> None:
    await site.with_older_temporal(25)


async def bug_in_path(site: Site) -> None:
    site.shop.edit(site.shop.workflow, "10 // self.params.visits", "10 // (self.params.visits - 1)")
    await site.restart()
    await site.enroll(visits=1)


async def full_disk(site: Site) -> None:
    raise NotImplementedError


async def temporal_gone(site: Site) -> None:
    site.bench.temporal.kill()


async def temporal_back(site: Site) -> None:
    await site.bench.temporal.start()


async def database_gone(site: Site) -> None:
    raise NotImplementedError


async def event_storm(site: Site) -> None:
    """More events for one person than a run is told, while no worker can deliver the rest."""
    (id,) = await site.enroll()
    await site.stands(id, "running")
    contact = {"id": (await site.http.get(f"/v1/enrollments/{id}")).json()["contact_id"]}
    site.bench.temporal.kill()
    for _ in range(STORM // 1000):
        event = {"name": "basket.filled", "contact": {"id": contact}, "properties": {"items": 1}}
        await site.http.post("/v1/events/batch", json={"events": [event] * 1000})
    await site.bench.temporal.start()


async def hostile_relay(site: Site) -> None:
    """It takes each mail, and hangs up instead of answering."""
    site.bench.faults(dropped=100)
    await site.enroll()


async def relay_friendly(site: Site) -> None:
    site.bench.faults()


async def worker_gone(site: Site) -> None:
    site.bench.worker.kill()


async def worker_back(site: Site) -> None:
    await site.bench.worker.start()


INCIDENTS = {
    "dead relay": Incident(dead_relay, relay_back),
    "bad template": Incident(bad_template, files_mended),
    "wrong parameter": Incident(wrong_parameter, files_mended_and_run),
    "deleted run": Incident(deleted_run, nothing),
    "older store restored": Incident(older_store, nothing),
    "bug in a path": Incident(bug_in_path, files_mended_and_run),
    "full disk": Incident(full_disk, nothing),
    "Temporal gone": Incident(temporal_gone, temporal_back),
    "database gone": Incident(database_gone, nothing),
    "event storm": Incident(event_storm, nothing),
    "hostile mail server": Incident(hostile_relay, relay_friendly),
    "worker gone": Incident(worker_gone, worker_back),
}
"""By their names in the table of `docs/runbook.md`."""
