"""Enrollments on other releases, and effects that the code no longer asks for."""

from typing import Any

import pytest
from pydantic import JsonValue

from store.database import Database
from store.effects import Effects
from store.releases import Releases
from store.tables import Message
from tests.store.rows import NOON, make_contact, make_enrollment

KEY = "send_email:welcome/hello#1"


async def make_message(database: Database, status: str) -> Message:
    async with database.begin() as session:
        contact = await make_contact(session)
        enrollment = await make_enrollment(session, contact)
        message = Message(
            enrollment_id=enrollment.id, key=KEY, contact_id=contact.id, purpose="marketing", template="welcome/hello",
            release="old", status=status,
        )  # fmt: skip
        session.add(message)
    return message


async def settle(database: Database, id: str, *, call_off: bool = True) -> Any:
    async with database.begin() as session:
        return await Releases(session).settle_effect(id, KEY, call_off=call_off)


async def known(database: Database, message: Message) -> tuple[Any, str]:
    async with database.read() as session:
        found = await session.get(Message, message.id)
        assert found is not None
        step = (message.enrollment_id, KEY)
        return (await Effects(session).results([step])).get(step), found.status


async def test_what_was_done_stays_done(database: Database) -> None:
    message = await make_message(database, "sent")
    done: JsonValue = {"message_id": message.id, "skipped": None}
    async with database.begin() as session:
        await Effects(session).record({(message.enrollment_id, KEY): done}, NOON)
    assert await settle(database, message.enrollment_id) == done


async def test_what_was_not_done_is_called_off(database: Database) -> None:
    message = await make_message(database, "claimed")
    assert await settle(database, message.enrollment_id, call_off=False) is None
    assert await known(database, message) == (None, "claimed")
    assert await settle(database, message.enrollment_id) is None
    assert await known(database, message) == ({"skipped": "withdrawn"}, "failed")
    assert await settle(database, message.enrollment_id) is None, "once more, after a crash"


@pytest.mark.parametrize("call_off", [True, False])
async def test_a_mail_that_may_be_out_counts_as_sent(database: Database, call_off: bool) -> None:
    message = await make_message(database, "sending")
    result = await settle(database, message.enrollment_id, call_off=call_off)
    assert result == {"message_id": message.id, "skipped": None}
    assert await known(database, message) == (result, "unknown")


async def test_those_inside_on_other_releases(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        rows = [await make_enrollment(session, contact, entry=entry) for entry in ("1", "2", "3")]
        await Releases(session).renew([rows[1].id], "b")
        inside = await Releases(session).inside("welcome-series", "b", 10)
        assert [row.entry for row in inside] == ["1", "3"]
        await Releases(session).renew([inside[0].id], "b")
        assert [row.entry for row in await Releases(session).inside("welcome-series", "b", 10)] == ["3"]
