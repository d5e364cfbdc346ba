"""Events that a run reads by itself, since too many came."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.calls import Call, Cursor, EventsRead, ReadEvents, Sought
from activities.catalogue import Catalogue, Reentry
from activities.reading import Reading
from store.database import Database
from store.enrollments import Enrollments
from store.events import Events
from store.tables import Enrollment, Event
from store.unread import Unread
from tests.activities.conftest import perform
from tests.api.waiting import listed
from tests.store.rows import NOON
from workflows.events import OrderCompleted

Ordered = Callable[..., Call[Any]]

LARGE = OrderCompleted.amount > 50
CATALOGUE = Catalogue(
    [
        listed(
            "welcome-series",
            Reentry("once"),
            goals=frozenset[str](),
            guarded=frozenset({"order.completed"}),
            conditions=lambda _params: (LARGE,),
        )
    ]
)


def second(number: int) -> datetime:
    return NOON + timedelta(seconds=number)


async def happen(database: Database, row: Enrollment, name: str, *seconds: int, **fields: Any) -> None:
    async with database.begin() as session:
        await Events(session).insert_each_new(
            [
                Event(
                    id=f"{name}-{number}",
                    name=name,
                    contact_id=row.contact_id,
                    received_at=second(number),
                    **fields,
                )
                for number in seconds
            ]
        )


async def unread(database: Database, row: Enrollment) -> tuple[int, datetime | None]:
    async with database.read() as session:
        now = await Enrollments(session).get(row.id)
    assert now is not None
    return now.unread, now.unread_from


@pytest.fixture
async def overflowing(database: Database, enrollment: Enrollment) -> Enrollment:
    """An enrollment whose events are not told from second 10 on."""
    async with database.begin() as session:
        await Unread(session).set_from(enrollment.id, second(10))
    return enrollment


def asking(*names: str, since: Cursor) -> ReadEvents:
    return ReadEvents(question="?", sought=(Sought(names=names, since=NOON),), since=since)


async def read(
    database: Database, ordered: Ordered, since: Cursor, *names: str, catalogue: Catalogue = CATALOGUE
) -> EventsRead:
    call = ordered(asking(*names, since=since), key="read:wait_for:2#1")
    page: EventsRead = await perform(Reading(database, catalogue).read, call)
    return page


async def test_pages_until_the_last_then_the_run_is_told_again(
    database: Database, overflowing: Enrollment, ordered: Ordered
) -> None:
    await happen(database, overflowing, "email.opened", *range(450))
    first = await read(database, ordered, Cursor(at=second(10)), "email.opened")
    assert [event.id for event in first.events] == [f"email.opened-{number}" for number in range(10, 210)]
    assert first.events[0].received == second(10)
    assert first.more is not None
    assert await unread(database, overflowing) == (0, first.more.at)
    second_page = await read(database, ordered, first.more, "email.opened")
    assert second_page.more is not None
    last = await read(database, ordered, second_page.more, "email.opened")
    assert len(first.events + second_page.events + last.events) == 440
    assert last.more is None
    assert await unread(database, overflowing) == (0, None)


async def test_only_what_the_wait_asks_for_and_the_path_can_hear(
    database: Database, overflowing: Enrollment, ordered: Ordered
) -> None:
    await happen(database, overflowing, "email.opened", 11)
    await happen(database, overflowing, "email.clicked", 12, machine=True)
    await happen(database, overflowing, "site.visited", 13)
    await happen(database, overflowing, "order.completed", 14, properties={"amount": "20"})
    await happen(database, overflowing, "order.completed", 15, properties={"amount": "80"})
    asked = ("email.clicked", "site.visited", "order.completed")
    page = await read(database, ordered, Cursor(at=second(10)), *asked)
    assert [(event.id, event.meets) for event in page.events] == [("order.completed-15", (str(LARGE),))]


async def test_an_event_that_is_routed_late_is_in_the_next_page(
    database: Database, overflowing: Enrollment, ordered: Ordered
) -> None:
    await happen(database, overflowing, "email.opened", *range(20, 240))
    page = await read(database, ordered, Cursor(at=second(10)), "email.opened")
    assert page.more is not None
    await happen(database, overflowing, "email.opened", 15)
    async with database.begin() as session:
        await Unread(session).set_from(overflowing.id, second(15))
    next_page = await read(database, ordered, page.more, "email.opened")
    assert next_page.events[0].id == "email.opened-15"


async def test_a_page_whose_answer_was_lost_is_read_again(
    database: Database, overflowing: Enrollment, ordered: Ordered
) -> None:
    await happen(database, overflowing, "email.opened", *range(10, 300))
    cursor = Cursor(at=second(10))
    assert await read(database, ordered, cursor, "email.opened") == await read(
        database, ordered, cursor, "email.opened"
    )


async def test_events_received_at_one_moment_stay_together(
    database: Database, overflowing: Enrollment, ordered: Ordered
) -> None:
    await happen(database, overflowing, "email.opened", *range(10, 209))
    async with database.begin() as session:
        await Events(session).insert_each_new(
            [
                Event(
                    id=f"same-{number}",
                    name="email.opened",
                    contact_id=overflowing.contact_id,
                    received_at=second(300),
                )
                for number in range(5)
            ]
        )
    page = await read(database, ordered, Cursor(at=second(10)), "email.opened")
    assert [event.id for event in page.events[-5:]] == [f"same-{number}" for number in range(5)]


async def test_without_a_row_the_run_is_told_so(database: Database, ordered: Ordered) -> None:
    call = ordered(asking("email.opened", since=Cursor(at=NOON)))
    with pytest.raises(ApplicationError) as raised:
        await perform(
            Reading(database, CATALOGUE).read, call.model_copy(update={"enrollment_id": "restored:con_1:1"})
        )
    assert (raised.value.type, raised.value.non_retryable) == ("no_enrollment", True)
