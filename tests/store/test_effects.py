"""The ledger in the database."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from store.database import Database
from store.effects import Effects
from store.tables import Failure
from tests.store.rows import NOON, make_contact, make_enrollment


async def enrollment_id(database: Database) -> str:
    async with database.begin() as session:
        return (await make_enrollment(session, await make_contact(session))).id


def entry(result: Any, seconds: int = 0, failed: str | None = None) -> dict[str, Any]:
    at = NOON + timedelta(seconds=seconds)
    return {"terms": {"days": 2}, "result": result, "failed": failed, "at": at}


async def test_the_first_result_stays(database: Database) -> None:
    id = await enrollment_id(database)

    async def record(number: int) -> None:
        async with database.begin() as session:
            await Effects(session).record({(id, "score:seen#1"): {"number": number}}, NOON)

    await record(0)
    await asyncio.gather(*(record(number) for number in range(1, 10)))
    async with database.read() as session:
        results = await Effects(session).results([(id, "score:seen#1"), (id, "score:other#1")])
    assert results == {(id, "score:seen#1"): {"number": 0}}


async def test_steps_are_replaced_and_the_trail_is_in_order(database: Database) -> None:
    id = await enrollment_id(database)
    async with database.begin() as session:
        effects = Effects(session)
        await effects.store_steps({})
        await effects.store_steps({(id, "wait_for:b#1"): entry(None, 2), (id, "sleep:a#1"): entry(True, 1)})
        await effects.store_steps(
            {(id, "wait_for:b#1"): entry({"id": "e"}, 3), (id, "sleep:c#1"): entry(None, 4, "x")}
        )
        await effects.record({(id, "score:seen#1"): None}, NOON + timedelta(seconds=5))
    async with database.read() as session:
        trail = await Effects(session).trail(id)
    assert [(step.key, step.result, step.failed) for step in trail] == [
        ("sleep:a#1", True, None),
        ("wait_for:b#1", {"id": "e"}, None),
        ("sleep:c#1", None, "x"),
        ("score:seen#1", None, None),
    ]
    assert trail[1].at == NOON + timedelta(seconds=3)


async def test_an_error_of_any_text_is_kept(database: Database) -> None:
    async with database.begin() as session:
        await Effects(session).fail(
            "send_email", "unavailable", "a\0b\ud800" + "x" * 20_000, key="k", attempt=3
        )
    async with database.read() as session:
        failure = (await session.scalars(select(Failure))).one()
    assert failure.text.startswith("ab?x")
    assert len(failure.text) < 20_000
    assert (failure.activity, failure.code, failure.attempt) == ("send_email", "unavailable", 3)
