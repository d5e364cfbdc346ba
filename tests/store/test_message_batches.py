"""Many messages move on together, each only for the attempt that has it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from store.database import Database
from store.message_batches import MessageBatch, Standing
from store.messages import Messages
from store.tables import Message
from tests.store.rows import NOON, make_contact, make_enrollment

KEY = "send_email:welcome/hello#1"


async def claimed(database: Database, count: int) -> list[dict[str, Any]]:
    """Rows of new messages, each of an enrollment of its own."""
    async with database.begin() as session:
        rows = []
        for number in range(count):
            contact = await make_contact(session, f"{number}@example.com")
            enrollment = await make_enrollment(session, contact)
            rows.append({
                "id": f"msg_{number}", "enrollment_id": enrollment.id, "key": KEY, "contact_id": contact.id,
                "template": "welcome/hello", "release": "r1",
            })  # fmt: skip
        await MessageBatch(session).insert(rows)
        return rows


async def read(database: Database, id: str) -> Message:
    async with database.read() as session:
        message = await Messages(session).get(id)
    assert message is not None
    return message


async def test_one_message_per_step(database: Database) -> None:
    first, second = await claimed(database, 2)
    async with database.begin() as session:
        steps = [
            (first["enrollment_id"], KEY),
            (second["enrollment_id"], KEY),
            (first["enrollment_id"], "x#1"),
        ]
        found = await MessageBatch(session).of_steps(steps)
        assert found == {
            steps[0]: Standing("msg_0", "claimed", 1, None, 0),
            steps[1]: Standing("msg_1", "claimed", 1, None, 0),
        }
    with pytest.raises(IntegrityError):
        async with database.begin() as session:
            await MessageBatch(session).insert([{**first, "id": "msg_other"}])


async def test_claimed_sending_sent(database: Database) -> None:
    await claimed(database, 2)
    deadline = NOON + timedelta(minutes=2)
    async with database.begin() as session:
        batch = MessageBatch(session)
        assert await batch.mark_sent({("msg_0", 1): "p-0"}, NOON) == set(), "never handed over"
        content = {("msg_0", 1): {"locale": "en"}, ("msg_1", 1): {"locale": "es"}}
        assert await batch.mark_sending(content, deadline) == set(content)
        assert await batch.mark_sent({("msg_0", 1): "p-0", ("msg_1", 1): None}, NOON) == set(content)
        assert await batch.mark_sent({("msg_0", 1): "p-2"}, NOON) == set()
    rows = [await read(database, f"msg_{number}") for number in range(2)]
    assert [(row.status, row.provider_id, row.locale) for row in rows] == [
        ("sent", "p-0", "en"),
        ("sent", None, "es"),
    ]
    assert {(row.sent_at, row.deadline) for row in rows} == {(NOON, deadline)}


async def test_one_that_was_overtaken_leaves_the_others_alone(database: Database) -> None:
    await claimed(database, 2)
    async with database.begin() as session:
        batch = MessageBatch(session)
        assert await Messages(session).claim_again("msg_0", 1)
        content = {("msg_0", 1): {"locale": "xx"}, ("msg_1", 1): {"locale": "es"}}
        assert await batch.mark_sending(content, NOON) == {("msg_1", 1)}
        assert await batch.mark_sent({("msg_0", 1): None, ("msg_1", 1): None}, NOON) == {("msg_1", 1)}
    overtaken = await read(database, "msg_0")
    assert (overtaken.status, overtaken.attempt, overtaken.locale) == ("claimed", 2, None)


@pytest.mark.parametrize("status", ["sent", "failed", "unknown"])
async def test_a_settled_message_stays_as_it_is(database: Database, status: str) -> None:
    await claimed(database, 1)
    async with database.begin() as session:
        message = await Messages(session).get("msg_0")
        assert message is not None
        message.status = status
        await session.flush()
        batch = MessageBatch(session)
        assert await batch.mark_sending({("msg_0", 1): {}}, NOON) == set()
        assert await batch.mark_sent({("msg_0", 1): None}, NOON) == set()
    assert (await read(database, "msg_0")).status == status
