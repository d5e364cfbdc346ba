"""Which events a run is told of, how many, and that no contact's backlog holds up another's."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import pytest
from sqlalchemy import event as on
from sqlalchemy import update

from activities.calls import Call, Cursor, EventSignal, ReadEvents, Sought
from activities.catalogue import Catalogue, Reentry
from activities.enrolling import Enroller
from activities.reading import Reading
from activities.routing import Happening, Router
from activities.runs import RunsUnavailable
from store import clock
from store.contacts import ContactDraft
from store.database import Database
from store.enrollments import Enrollments
from store.events import Events
from store.progress import LastStep, Progress
from store.tables import Enrollment, Event
from store.unread import MOST_UNREAD
from tests.activities.conftest import perform
from tests.api.waiting import Discount, listed
from tests.store.rows import make_contact, make_enrollment
from workflows.events import OrderCompleted, SiteVisited

SECOND = timedelta(seconds=1)
EVER = datetime(2000, 1, 1, tzinfo=UTC)

CATALOGUE = Catalogue(
    [
        listed(
            "welcome-series",
            Reentry("once"),
            params=Discount,
            goals=frozenset({"meeting.booked"}),
            events=frozenset(
                {"order.completed", "site.visited", "email.opened", "meeting.booked", "contact.unsubscribed"}
            ),
            guarded=frozenset({"order.completed", "meeting.booked"}),
            conditions=lambda params: (
                OrderCompleted.amount > params.get("percent", 10),
                SiteVisited.url == "/prices",
            ),
        ),
        listed("waiting-subscribed", Reentry("once"), starts_on=frozenset({"contact.subscribed"})),
    ]
)


@dataclass
class Told:
    """Runs that note what they are told. Those of the `away` cannot be reached."""

    events: list[EventSignal] = field(default_factory=list)
    cursors: list[Cursor] = field(default_factory=list)
    enrollments: list[str] = field(default_factory=list)
    away: set[str] = field(default_factory=set)

    async def start(self, order: object) -> None: ...

    async def signal(self, enrollment_id: str, event: EventSignal) -> bool:
        if enrollment_id in self.away:
            raise RunsUnavailable("away")
        self.events.append(event)
        self.enrollments.append(enrollment_id)
        return True

    async def unread(self, enrollment_id: str, since: Cursor) -> bool:
        if enrollment_id in self.away:
            raise RunsUnavailable("away")
        self.cursors.append(since)
        return True


@dataclass
class Office:
    """A router, the runs that it tells, and an enrollment."""

    database: Database
    runs: Told
    router: Router
    row: Enrollment

    async def happens(self, name: str, id: str | None = None, **properties: Any) -> int:
        """How many runs were told."""
        happening = Happening(
            id=id or token_hex(8), name=name, contact=self.row.subject_id, properties=properties
        )
        return (await self.router.post(happening)).told

    async def happen_often(self, count: int, prefix: str = "open") -> None:
        for number in range(count):
            await self.happens("email.opened", f"{prefix}-{number}")

    async def reads(self, since: Cursor) -> tuple[list[str], Cursor | None]:
        """A page: ids, and where the next one begins."""
        call: Call[ReadEvents] = Call(
            enrollment_id=self.row.id, workflow=self.row.workflow, subject_kind="contact",
            subject_id=self.row.subject_id, release="r1", key="read_events:1#1",
            order=ReadEvents(
                question="?",
                sought=(Sought(names=("email.opened", "order.completed"), since=EVER),),
                since=since,
            ),
        )  # fmt: skip
        page = await perform(Reading(self.database, CATALOGUE).read, call)
        return [event.id for event in page.events], page.more

    async def unread(self) -> tuple[int, datetime | None]:
        async with self.database.read() as session:
            row = await Enrollments(session).get(self.row.id)
        assert row is not None
        return row.unread, row.unread_from


@pytest.fixture
def runs() -> Told:
    return Told()


@pytest.fixture
async def office(database: Database, runs: Told) -> Office:
    async with database.begin() as session:
        row = await make_enrollment(session, await make_contact(session), status="running")
    enroller = Enroller(database, runs, CATALOGUE, suppression_keys=[])
    return Office(database, runs, Router(database, runs, CATALOGUE, enroller), row)


async def test_an_event_that_meets_no_condition_of_any_wait_is_not_told(office: Office) -> None:
    assert await office.happens("order.completed", amount="5") == 0
    assert await office.happens("order.completed") == 0
    assert await office.happens("order.completed", amount="20") == 1
    assert [event.meets for event in office.runs.events] == [("order.completed[amount > 10]",)]


async def test_conditions_are_those_of_the_rounds_parameters(office: Office) -> None:
    async with office.database.begin() as session:
        await session.execute(update(Enrollment).values(params={"percent": 30}))
    assert await office.happens("order.completed", amount="20") == 0
    assert await office.happens("order.completed", amount="40") == 1
    async with office.database.begin() as session:
        await session.execute(update(Enrollment).values(round=2, round_params={"percent": 50}))
    assert await office.happens("order.completed", amount="40") == 0


async def test_where_any_wait_has_no_condition_it_is_told(office: Office) -> None:
    assert await office.happens("site.visited", url="/") == 1
    assert await office.happens("site.visited", url="/prices") == 1
    assert [event.meets for event in office.runs.events] == [(), ("site.visited[url == '/prices']",)]


async def test_goals_and_unsubscribing_are_always_told(office: Office) -> None:
    assert await office.happens("meeting.booked") == 1
    assert await office.happens("contact.unsubscribed") == 1


async def test_a_run_with_too_many_unread_events_is_told_once_and_reads_the_others(office: Office) -> None:
    await office.happen_often(MOST_UNREAD + 30)
    assert len(office.runs.events) == MOST_UNREAD
    (cursor,) = office.runs.cursors
    ids, more = await office.reads(cursor)
    assert (ids, more) == ([f"open-{number}" for number in range(MOST_UNREAD, MOST_UNREAD + 30)], None)
    assert await office.unread() == (0, None)
    await office.happens("email.opened", "after")
    assert office.runs.events[-1].id == "after"


async def test_what_ends_a_run_is_told_whatever_it_has_not_read(office: Office) -> None:
    await office.happen_often(MOST_UNREAD + 2)
    await office.happens("meeting.booked", "goal")
    assert office.runs.events[-1].id == "goal"


async def test_a_step_resets_the_count_and_nothing_that_is_to_be_read(office: Office) -> None:
    async def step(key: str) -> None:
        async with office.database.begin() as session:
            await Progress(session).set_steps({office.row.id: LastStep(key)}, clock.now())

    await office.happen_often(3)
    assert await office.unread() == (3, None)
    await step("score:one#1")
    assert await office.unread() == (0, None)
    await office.happen_often(MOST_UNREAD + 1, "more")
    counted = await office.unread()
    await step("score:two#1")
    assert await office.unread() == counted


async def test_a_lost_word_of_too_many_is_said_again(office: Office) -> None:
    await office.happen_often(MOST_UNREAD)
    office.runs.away.add(office.row.id)
    with pytest.raises(RunsUnavailable):
        await office.happens("email.opened", "lost")
    office.runs.away.clear()
    await office.happens("email.opened", "later")
    assert not office.runs.cursors
    await office.router.deliver_left(clock.now(), 10)
    (cursor,) = office.runs.cursors
    assert (await office.reads(cursor))[0] == ["lost", "later"]


async def test_an_event_that_is_delivered_late_is_read_too(office: Office) -> None:
    """One that was received before what the run reads from, or has read already."""
    async with office.database.begin() as session:
        late = Event(
            id="late", name="email.opened", contact_id=office.row.contact_id, received_at=clock.now()
        )
        await Events(session).insert(late)
    await office.happen_often(MOST_UNREAD + 250)
    (cursor,) = office.runs.cursors
    ids, more = await office.reads(cursor)
    assert len(ids) == 200
    assert more is not None
    await office.router.deliver_left(clock.now(), 10)
    assert "late" in (await office.reads(more))[0]


async def test_nothing_falls_between_reading_and_routing(office: Office) -> None:
    """Events come while pages are read: each is told or read."""
    await office.happen_often(MOST_UNREAD + 1)
    seen = {event.id for event in office.runs.events}

    async def read_on() -> None:
        more: Cursor | None = office.runs.cursors[-1]
        while more is not None:
            ids, more = await office.reads(more)
            seen.update(ids)

    async def come() -> None:
        await asyncio.gather(*(office.happen_often(10, f"burst-{part}") for part in range(10)))

    await asyncio.gather(come(), *(read_on() for _ in range(3)))
    await read_on()
    seen |= {event.id for event in office.runs.events}
    assert seen >= {f"burst-{part}-{number}" for part in range(10) for number in range(10)}


async def test_an_event_without_a_waiting_run_costs_no_statement_more(office: Office) -> None:
    async with office.database.begin() as session:
        await make_contact(session, "bob@example.com", external_id="bob")
    statements: list[str] = []
    engines = {office.database.engine.sync_engine, office.database._reading.sync_engine}
    for engine in engines:
        on.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    await office.router.post(Happening(id="e", name="site.visited", contact=ContactDraft(external_id="bob")))
    assert not [one for one in statements if one.startswith("UPDATE enrollment")]


async def test_a_contacts_backlog_does_not_hold_up_anothers(office: Office) -> None:
    async with office.database.begin() as session:
        other = await make_enrollment(session, await make_contact(session, "bob@example.com"))
        before = clock.now()
        backlog = [
            Event(id=f"{number}", name="email.opened", contact_id=office.row.contact_id, received_at=before)
            for number in range(3000)
        ]
        lone = Event(id="lone", name="email.opened", contact_id=other.contact_id, received_at=before + SECOND)
        await Events(session).insert_each_new([*backlog, lone])
    office.runs.away.add(office.row.id)
    assert await office.router.deliver_left(before + 2 * SECOND, 10) == 1
    assert office.runs.enrollments == [other.id]


async def test_a_backlog_is_delivered_in_turns_until_nothing_is_left(office: Office) -> None:
    async with office.database.begin() as session:
        other = await make_enrollment(session, await make_contact(session, "bob@example.com"))
        before = clock.now()
        backlog = [
            Event(
                id=f"{number}",
                name="email.opened",
                contact_id=office.row.contact_id,
                received_at=before + number * SECOND / 3000,
            )
            for number in range(3000)
        ]
        lone = Event(id="lone", name="email.opened", contact_id=other.contact_id, received_at=before + SECOND)
        await Events(session).insert_each_new([*backlog, lone])
    assert await office.router.deliver_left(before + 2 * SECOND, 60) == 3001
    assert other.id in office.runs.enrollments[:50], "in the first turn"
    assert len(office.runs.events) == MOST_UNREAD + 1
    assert len(office.runs.cursors) == 1
