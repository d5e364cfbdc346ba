"""An event happens once, and is told until it was told."""

import asyncio
from datetime import timedelta

from store.database import Database
from store.events import Events
from store.tables import Event
from tests.store.rows import NOON, make_contact


async def test_an_id_counts_once(database: Database) -> None:
    async def insert(amount: int) -> bool:
        async with database.begin() as session:
            event = Event(id="order-1", name="order.completed", properties={"amount": amount})
            return await Events(session).insert(event)

    inserted = await asyncio.gather(*(insert(amount) for amount in range(10)))
    assert sum(inserted) == 1
    async with database.read() as session:
        event = await Events(session).get("order-1")
    assert event is not None
    assert event.properties == {"amount": inserted.index(True)}


async def test_undelivered_until_delivered(database: Database) -> None:
    async with database.begin() as session:
        events = Events(session)
        await events.insert(Event(id="b", name="email.opened", received_at=NOON))
        await events.insert(Event(id="a", name="email.opened", received_at=NOON - timedelta(minutes=1)))
        await events.insert(Event(id="scanner", name="email.opened", received_at=NOON, machine=True))
        later = NOON + timedelta(minutes=1)
        assert [event.id for event in await events.undelivered(later, 10, 10)] == ["a", "b"]
        assert [event.id for event in await events.undelivered(NOON, 10, 10)] == ["a"]
        assert await events.mark_delivered(["a"]) == {"a"}
        assert not await events.mark_delivered(["a"])
        assert [event.id for event in await events.undelivered(later, 10, 10)] == ["b"]


async def test_timeline_is_by_when_things_happened(database: Database) -> None:
    async with database.begin() as session:
        contact, events = await make_contact(session), Events(session)
        for hour in (2, 0, 1, 1):
            at = NOON + timedelta(hours=hour)
            await events.insert(Event(name="page.viewed", contact_id=contact.id, occurred_at=at))
        await events.insert(Event(name="page.viewed"))
        rows, cursor = await events.timeline(contact.id, limit=3)
        rest, end = await events.timeline(contact.id, limit=3, cursor=cursor)
    hours = [(row.occurred_at - NOON) // timedelta(hours=1) for row in (*rows, *rest)]
    assert (hours, end) == ([2, 1, 1, 0], None)
