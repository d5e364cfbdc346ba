"""A message moves on only for the attempt that has it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from store.database import Database
from store.messages import Messages
from store.tables import Message
from tests.store.rows import NOON, make_contact, make_enrollment


async def make_message(database: Database, **fields: Any) -> Message:
    async with database.begin() as session:
        contact = await make_contact(session)
        enrollment = await make_enrollment(session, contact)
        message = Message(
            enrollment_id=enrollment.id,
            contact_id=contact.id,
            key="send_email:welcome/hello#1",
            template="welcome/hello",
            release="r1",
            **fields,
        )
        session.add(message)
        return message


async def read(database: Database, id: str) -> Message:
    async with database.read() as session:
        message = await Messages(session).get(id)
    assert message is not None
    return message


async def test_a_loaded_message_knows_its_new_state(database: Database) -> None:
    made = await make_message(database)
    async with database.begin() as session:
        messages = Messages(session)
        message = await messages.get(made.id)
        assert message is not None
        assert await messages.claim_again(message.id, 1)
        assert await messages.mark_sending(message.id, 2, NOON)
        assert (message.status, message.attempt, message.deadline) == ("sending", 2, NOON)


async def test_an_attempt_that_lost_the_message_changes_nothing(database: Database) -> None:
    message = await make_message(database)
    async with database.begin() as session:
        messages = Messages(session)
        assert await messages.mark_sending(message.id, 1, NOON)
        assert await messages.claim_again(message.id, 1)
        assert not await messages.claim_again(message.id, 1)
        assert not await messages.mark_sending(message.id, 1, NOON)
        assert not await messages.mark_failed(message.id, "refused", attempt=1)
        assert not await messages.mark_unknown(message.id, "no answer", attempt=1)
    row = await read(database, message.id)
    assert (row.status, row.attempt) == ("claimed", 2)


async def test_of_parallel_claims_one_succeeds(database: Database) -> None:
    message = await make_message(database)

    async def claim() -> bool:
        async with database.begin() as session:
            return await Messages(session).claim_again(message.id, 1)

    assert sum(await asyncio.gather(*(claim() for _ in range(10)))) == 1


@pytest.mark.parametrize("status", ["sent", "failed", "unknown"])
async def test_a_settled_message_stays_as_it_is(database: Database, status: str) -> None:
    message = await make_message(database, status=status)
    async with database.begin() as session:
        messages = Messages(session)
        assert not await messages.claim_again(message.id, 1)
        assert not await messages.mark_sending(message.id, 1, NOON)
        assert not await messages.mark_failed(message.id, "late")
        assert not await messages.mark_unknown(message.id, "no answer")
    assert (await read(database, message.id)).status == status


async def test_failed_keeps_the_error(database: Database) -> None:
    message = await make_message(database)
    async with database.begin() as session:
        assert await Messages(session).mark_failed(message.id, "address refused")
    row = await read(database, message.id)
    assert (row.status, row.error) == ("failed", "address refused")


async def test_the_first_open_and_click_count(database: Database) -> None:
    message = await make_message(database, status="sent")
    async with database.begin() as session:
        messages = Messages(session)
        assert await messages.opened(message.id, NOON)
        assert not await messages.opened(message.id, NOON + timedelta(hours=1))
        assert await messages.clicked(message.id, NOON)
        assert not await messages.clicked(message.id, NOON + timedelta(hours=1))
    row = await read(database, message.id)
    assert (row.opened_at, row.clicked_at) == (NOON, NOON)


async def test_pages_filter(database: Database) -> None:
    message = await make_message(database, status="sent", sent_at=NOON, version="abc")
    async with database.read() as session:
        page = Messages(session).page
        wanted: list[dict[str, Any]] = [
            {"template": "welcome/hello", "version": "abc"},
            {"status": "sent", "sent_after": NOON - timedelta(seconds=1)},
            {"contact_id": message.contact_id, "enrollment_id": message.enrollment_id},
        ]
        for filters in wanted:
            rows, cursor = await page(**filters)
            assert ([row.id for row in rows], cursor) == ([message.id], None)
        assert await page(sent_after=NOON) == ([], None)
        assert await page(template="other") == ([], None)
