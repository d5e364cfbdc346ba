"""The incidents: how each happens, and what an operator does before they give the command."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from store import clock
from store.database import Database
from store.tables import Enrollment, Event
from tests.incidents.site import Site

Does = Callable[[Site], Awaitable[None]]


async def nothing(site: Site) -> None:
    """There is nothing to do, or the test need not wait for it."""


@dataclass(frozen=True)
class Incident:
    """`mended`: nothing where the command is all. `upkeep`: what it finds in the minute after the command."""

    happens: Does
    mended: Does
    upkeep: Does = nothing


async def stores_are_compared(site: Site) -> None:
    await site.stores_are_compared()


async def dead_relay(site: Site) -> None:
    site.bench.sink.kill()
    await site.people.enroll()


async def relay_started(site: Site) -> None:
    await site.bench.sink.start()


async def bad_template(site: Site) -> None:
    site.shop.edit(site.shop.template, "{{ contact.name }}", "{{ contact.name }")
    await site.people.enroll()


async def files_mended(site: Site) -> None:
    site.shop.mend()


async def code_mended(site: Site) -> None:
    site.shop.mend()
    await site.restart()


async def wrong_parameter(site: Site) -> None:
    """Somebody is inside with a value that the edited workflow refuses."""
    await site.people.waiting(visits=9)
    site.shop.edit(site.shop.workflow, "le=10", "le=5")
    await site.restart()


async def bug_in_a_path(site: Site) -> None:
    site.shop.edit(site.shop.workflow, "10 // self.params.visits", "10 // (self.params.visits - 1)")
    await site.restart()
    await site.people.enroll(visits=1)


async def deleted_run(site: Site) -> None:
    (id,) = await site.people.waiting()
    client = await site.bench.client()
    request = DeleteWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=id)
    )
    await client.workflow_service.delete_workflow_execution(request)
    await asyncio.sleep(1)  # Temporal deletes it by and by
    await site.stores_are_compared()


async def older_store(site: Site) -> None:
    """25 people more than the store knows: so many are not taken for lost."""
    await site.set_back_temporal(lambda: site.people.waiting(25))
    await site.stores_are_compared()


async def temporal_gone(site: Site) -> None:
    await site.people.waiting()
    site.bench.temporal.kill()


async def temporal_started(site: Site) -> None:
    await site.bench.temporal.start()


async def worker_gone(site: Site) -> None:
    """Temporal is started anew: else it takes 90 s until a worker that is killed counts as gone."""
    site.bench.worker.kill()
    site.bench.temporal.kill()
    await site.bench.temporal.start()
    await site.people.enroll()


async def event_storm(site: Site) -> None:
    """More events of one contact than a run is told of, while Temporal is away, and nobody to tell it later."""
    (id,) = await site.people.waiting()
    contact = await site.people.contact_of(id)
    await site.bench.worker.terminate()
    site.bench.temporal.kill()
    event = {"name": "basket.filled", "contact": {"id": contact}, "properties": {"items": 3}}
    async with site.bench.http() as http:
        for _ in range(2):
            answer = await http.post("/v1/events/batch", json={"events": [event] * 1000})
            answer.raise_for_status()
    await site.bench.temporal.start()
    await minutes_pass(site)


async def minutes_pass(site: Site) -> None:
    """As if the contact had entered, and the events had come, minutes ago."""
    database, now = Database(site.bench.settings.database_url), clock.now()
    async with database.begin() as session:
        await session.execute(update(Enrollment).values(created_at=now - timedelta(minutes=4)))
        waiting = update(Event).where(col(Event.delivered_at).is_(None))
        await session.execute(waiting.values(received_at=now - timedelta(minutes=3)))
    await database.close()


async def storm_heard(site: Site) -> None:
    await site.people.all_end()


async def hostile_mail_server(site: Site) -> None:
    """It takes each mail, and hangs up instead of answering."""
    site.bench.faults(dropped=100)
    await site.people.enroll()


async def other_mail_server(site: Site) -> None:
    site.bench.faults()


async def full_disk(site: Site) -> None:
    """The mail of one who is inside goes out, and cannot be recorded."""
    assert site.disk
    await site.restart(site.disk.inside)
    site.bench.faults(hold=True)
    await site.people.enroll()
    await site.people.mail_taken()
    site.disk.fill()
    site.bench.faults()


async def room_made(site: Site) -> None:
    assert site.disk
    site.disk.make_room()


async def database_gone(site: Site) -> None:
    assert site.postgresql
    await site.people.waiting()
    site.postgresql.stop()


async def database_started(site: Site) -> None:
    assert site.postgresql
    site.postgresql.start()


INCIDENTS = {
    "dead relay": Incident(dead_relay, relay_started),
    "bad template": Incident(bad_template, files_mended),
    "wrong parameter": Incident(wrong_parameter, code_mended),
    "bug in a path": Incident(bug_in_a_path, code_mended),
    "deleted run": Incident(deleted_run, nothing, stores_are_compared),
    "older store restored": Incident(older_store, nothing, stores_are_compared),
    "Temporal gone": Incident(temporal_gone, temporal_started),
    "event storm": Incident(event_storm, nothing, storm_heard),
    "hostile mail server": Incident(hostile_mail_server, other_mail_server),
    "worker gone": Incident(worker_gone, nothing),
}
"""Those that share a site, by their names in `docs/runbook.md`."""

OF_THEIR_OWN = {
    "full disk": Incident(full_disk, room_made),
    "database gone": Incident(database_gone, database_started),
}
"""Those that need a site of their own."""
