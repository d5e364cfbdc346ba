"""Webinar, along every branch."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from examples.acme.events import WebinarAttended
from examples.acme.webinar import Webinar
from store.contacts import ContactDraft
from workflows.kit import days, hours
from workflows.kit.testing import contact, covers_every_branch, enrolled

pytest_plugins = ["workflows.kit.testing.plugin"]

EARLY = ["webinar/registered", "webinar/tomorrow", "webinar/now"]
MADRID = ZoneInfo("Europe/Madrid")


def day(days_ahead: int) -> date:
    return datetime.now(MADRID).date() + days(days_ahead)


def registered(on: date) -> ContactDraft:
    return contact(attributes={"webinar_on": on.isoformat()})


@covers_every_branch(Webinar)
class TestWebinar:
    async def test_who_comes_gets_the_recording(self) -> None:
        on = day(10)
        async with enrolled(Webinar, registered(on)) as run:
            at_five = datetime.combine(on, time(17), MADRID)
            await run.advance_to(at_five - hours(25))
            assert run.sent() == EARLY[:1]
            await run.advance_to(at_five - hours(1))
            assert run.sent() == EARLY[:2]
            await run.advance_to(at_five)
            assert run.sent() == EARLY
            await run.event(WebinarAttended, webinar="durable marketing")
            assert run.sent()[3:] == ["webinar/recording"]
            assert (run.outcome, run.contact().score) == ("attended", 20)

    async def test_who_does_not_come_is_missed(self) -> None:
        async with enrolled(Webinar, registered(day(3))) as run:
            await run.advance(days(4))
            assert run.sent() == [*EARLY, "webinar/missed"]
            assert run.outcome == "missed"

    async def test_who_registers_late_is_not_told_of_tomorrow(self) -> None:
        async with enrolled(Webinar, registered(day(0))) as run:
            await run.advance(days(1))
            assert run.sent() == ["webinar/registered", "webinar/now", "webinar/missed"]

    async def test_a_date_that_is_taken_away_cancels_it(self) -> None:
        async with enrolled(Webinar, registered(day(3))) as run:
            await run.change(webinar_on=None)
            await run.advance(days(4))
            assert (run.sent(), run.outcome) == (EARLY[:2], "cancelled")

    async def test_without_a_date_there_is_nothing_to_remind_of(self) -> None:
        async with enrolled(Webinar) as run:
            assert run.outcome == "no date"
