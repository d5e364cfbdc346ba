"""What Prometheus reads of the API and of a worker."""

import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from temporalio.client import Client

from store import clock
from store.database import Database
from store.marks import Marks
from store.tables import Event, Message
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.store.rows import NOON
from tests.store.test_statuses import fail
from tests.temporal import port_of
from worker.connection import connect
from worker.runner import metered
from worker.settings import Settings

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def read(api: httpx.AsyncClient) -> Samples:
    answer = await api.get("/metrics", headers={"Authorization": ""})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def labelled(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


async def test_it_counts_what_stands_where(api: httpx.AsyncClient, database: Database) -> None:
    answer = (await enroll(api, someone())).json()
    async with database.begin() as session:
        await fail(session, answer["id"], "send_email:a#1")
        session.add(Event(name="order.completed", contact_id=answer["contact_id"], received_at=NOON))
        of = {"enrollment_id": answer["id"], "contact_id": answer["contact_id"], "release": "r1"}
        session.add(Message.model_validate({**of, "key": "a#1", "template": "a", "status": "sent"}))
        await Marks(session).set("upkeep", clock.machine())
    samples = await read(api)
    for name, labels in {
        "cadencia_enrollments": labelled(workflow="waiting", status="failing"),
        "cadencia_mails": labelled(status="sent"),
        "cadencia_failures": labelled(activity="send_email", code="provider_unavailable"),
        "cadencia_events_waiting": labelled(),
        "cadencia_database_up": labelled(),
    }.items():
        assert samples[name, labels] == 1, name
    assert samples["cadencia_oldest_pending_seconds", labelled()] == 0
    assert 0 <= samples["cadencia_upkeep_age_seconds", labelled()] < 60


async def test_it_measures_requests_by_route(api: httpx.AsyncClient) -> None:
    for path in ("/v1/enrollments/a", "/v1/enrollments/b", "/nowhere/1", "/nowhere/2", "/v1/nowhere"):
        await api.get(path)
    await api.get("/v1/enrollments", headers={"Authorization": "Bearer wrong"})
    samples = await read(api)
    counted = {
        tuple(dict(labels)[name] for name in ("method", "route", "status")): value
        for (name, labels), value in samples.items()
        if name == "cadencia_request_seconds_count"
    }
    assert counted["GET", "/v1/enrollments/{id}", "404"] == 2
    assert counted["", "none", "404"] == 3
    assert counted["", "none", "401"] == 1


async def test_without_a_database_it_says_so(serve: Serve, temporal: Client) -> None:
    away = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    async with serve(temporal_port=port_of(temporal), database_url=away) as api:
        samples = await read(api)
    assert samples["cadencia_database_up", labelled()] == 0


async def test_a_worker_shows_the_metrics_of_the_sdk(temporal: Client, unused_tcp_port: int) -> None:
    settings = Settings(
        _env_file=None,
        metrics_port=unused_tcp_port,
        temporal_port=port_of(temporal),
        secret_keys=[SecretStr("k" * 40)],
    )
    assert metered(Settings(_env_file=None, secret_keys=[SecretStr("k" * 40)])) is None
    client = await connect(settings, runtime=metered(settings))
    await client.service_client.check_health()
    async with httpx.AsyncClient(trust_env=False) as http:
        shown = (await http.get(f"http://127.0.0.1:{unused_tcp_port}/metrics")).text
    assert "temporal_request" in shown
