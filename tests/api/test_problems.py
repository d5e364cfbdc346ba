"""What is wrong now: every cause is named, with how many, since when, why, and the command that helps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event
from temporalio.client import Client

from api.problems.looking import look
from store import clock
from store.database import Database
from store.marks import UPKEEP, Marks
from store.migrate import upgrade
from store.statuses import AUTHOR
from store.tables import Event, Finding, Message, Task
from store.task_failures import WORKFLOW_TASK
from tests.api.conftest import Serve
from tests.store.rows import NOON, make_contact, make_enrollment
from tests.store.test_statuses import FAULT, RUNNING, fail
from worker.polling import QUEUES

LATE: dict[str, Any] = {"created_at": clock.now() - timedelta(hours=1)}


async def problems(api: httpx.AsyncClient) -> dict[str, list[dict[str, Any]]]:
    """Causes by name, without those of a stack that has no workers."""
    answer = await api.get("/v1/problems")
    assert answer.status_code == 200, answer.text
    found: dict[str, list[dict[str, Any]]] = {}
    for cause in answer.json()["data"]:
        if cause["cause"] != "worker_gone":
            found.setdefault(cause["cause"], []).append(cause)
    return found


async def test_when_all_is_well_there_is_nothing(api: httpx.AsyncClient) -> None:
    assert await problems(api) == {}


async def test_each_cause_is_named_with_its_way_out(api: httpx.AsyncClient, database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        ids = {}
        for entry, fields in {
            "mail": RUNNING,
            "template": RUNNING,
            "wedged": RUNNING,
            "own": RUNNING,
            "parked": {**RUNNING, "run_status": "parked", "run_status_at": NOON, "fault": FAULT},
            "lost": {**RUNNING, "lost_at": NOON},
            "pending": {},
        }.items():
            ids[entry] = (await make_enrollment(session, contact, entry, **LATE, **fields)).id
        await fail(session, ids["mail"], "send_email:a#1")
        await fail(
            session, ids["template"], "send_email:b#1", code="template_error", text="b.en.mjml: no subject"
        )
        await fail(
            session, ids["wedged"], "task", activity=WORKFLOW_TASK, code="unhandled_failure", text="boom"
        )
        await fail(session, ids["own"], "call:x#1", activity="x", code="value_error", text="x is no number")
        await fail(session, ids["parked"], FAULT, 1, activity=AUTHOR, code="path_error", text="division by 0")
        session.add(Event(name="order.completed", contact_id=contact.id, received_at=NOON))
        of: dict[str, Any] = {"enrollment_id": ids["own"], "key": "a#1", "release": "r1"}
        session.add(Message(**of, contact_id=contact.id, template="a", status="unknown"))
        session.add(
            Message(
                **{**of, "key": "b#1"}, contact_id=contact.id, template="a", status="unknown", created_at=NOON
            )
        )
        session.add(
            Task(
                enrollment_id=ids["own"], key="t#1", workflow="w", subject_kind="contact", subject_id=contact.id,
                label="x", role="sales", status="done", done_at=NOON,
            )
        )  # fmt: skip
        session.add(Finding(name="runs_without_row", details={"count": 2, "ids": ["w:c:1", "w:c:2"]}))
        session.add(
            Finding(
                name="stores_part", details={"missing": 30, "rows": 40, "runs": 10, "temporal": "there:7233"}
            )
        )
    found = await problems(api)
    one = {name: causes[0] for name, causes in found.items()}
    assert {name: (cause["count"], cause["command"]) for name, cause in one.items()} == {
        "upkeep_late": (1, "cadencia worker"),
        "mail_not_going_out": (1, "cadencia doctor"),
        "template_broken": (1, "cadencia doctor"),
        "failing_tasks": (1, f"cadencia enrollments show {ids['wedged']}"),
        "step_failing": (1, f"cadencia enrollments show {ids['own']}"),
        "parked": (1, "cadencia enrollments migrate --workflow welcome-series --parked"),
        "lost": (1, "cadencia enrollments recover --all --restart"),
        "not_started": (1, "cadencia worker"),
        "not_delivered": (1, "cadencia worker"),
        "messages_unknown": (1, "cadencia messages resolve --all --sent"),
        "runs_without_row": (2, "cadencia enrollments recover --all --restart"),
        "stores_part": (30, "cadencia enrollments recover --all --restart"),
    }
    assert [cause["about"] for cause in found["not_delivered"]] == ["events", "answers"]
    for name, text in {
        "mail_not_going_out": "421 busy",
        "template_broken": "b.en.mjml: no subject",
        "failing_tasks": "boom",
        "step_failing": "x is no number",
        "parked": "division by 0",
        "stores_part": "40 running enrollments, Temporal at there:7233",
    }.items():
        assert text in one[name]["text"], name
    for name in ("mail", "parked", "lost", "pending"):
        assert any(ids[name] in cause["enrollments"] for causes in found.values() for cause in causes), name


async def test_many_that_fail_alike_are_one_cause(api: httpx.AsyncClient, database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        for number in range(30):
            enrollment = await make_enrollment(session, contact, str(number), **RUNNING)
            await fail(session, enrollment.id, "send_email:a#1")
        await Marks(session).set(UPKEEP, clock.machine())
    ((name, [cause]),) = (await problems(api)).items()
    assert (name, cause["about"], cause["count"]) == (
        "mail_not_going_out",
        "send_email provider_unavailable",
        30,
    )
    assert len(cause["enrollments"]) == 20


async def test_queues_that_nobody_polls(api: httpx.AsyncClient) -> None:
    gone = [
        cause["about"]
        for cause in (await api.get("/v1/problems")).json()["data"]
        if cause["cause"] == "worker_gone"
    ]
    assert gone == [queue for queue in QUEUES if queue != "cadencia-workflows"]


async def test_what_cannot_be_asked_is_named(
    serve: Serve, database: Database, temporal: Client, unused_tcp_port: int
) -> None:
    async with serve(temporal_port=unused_tcp_port) as alone:
        assert (await problems(alone)).keys() == {"temporal_away"}
    nowhere = Database(f"postgresql+asyncpg://u:p@127.0.0.1:{unused_tcp_port}/d")
    assert "database_away" in {cause.cause for cause in await look(nowhere, temporal)}
    await nowhere.close()


async def test_a_full_disk_is_named(tmp_path: Path, temporal: Client) -> None:
    async with full_database(tmp_path) as database:
        assert "database_full" in {cause.cause for cause in await look(database, temporal)}


@asynccontextmanager
async def full_database(folder: Path) -> AsyncIterator[Database]:
    """No page can be added to its file."""
    url = f"sqlite+aiosqlite:///{folder}/small.db"
    await upgrade(url)
    database = Database(url)

    fill(database)
    yield database
    await database.close()


def fill(database: Database) -> None:
    """From now on no page can be added to the file of this SQLite database, by this process."""

    def limit(connection: Any, *_: Any) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite takes it as: no more than there are

    event.listen(database.engine.sync_engine, "begin", limit)
