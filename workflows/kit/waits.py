"""Waits: for a time, for a moment, for an event. Ends, pause and resume reach all of them at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import JsonValue

from activities.calls import Found
from activities.conditions import EventCondition
from activities.moments import Moments
from workflows.contracts import Received
from workflows.kit.emails import Email
from workflows.kit.events import EventType, Pattern
from workflows.kit.moments import DateOf, LocalTime
from workflows.kit.steps import Misuse, Question, Wait
from workflows.kit.tickets import Task
from workflows.kit.toolkit import Toolkit, positive

SOME_TIME = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""Stands for any time in the samples of steps."""

Wanted = EventType | Pattern


class Waits(Toolkit):
    async def sleep(self, duration: timedelta, label: str) -> None:
        """Waits for a time."""
        positive(duration, "sleep")
        await self._perform(Wait(
            method="sleep", label=label, returns=None, samples=(None,), closed=True,
            terms={"seconds": duration.total_seconds()}, within=duration,
        ))  # fmt: skip

    async def sleep_until(self, when: datetime | LocalTime, label: str) -> bool:
        """Waits for a moment; one that is past is no wait. A pause does not move it.

        `local("09:00")` is a time on the contact's own clock, `local("09:00", on=date_of("renewal") - days(60))` one
        on a date. False, without a wait, when the attribute holds no date.
        """
        moment = await self._moment(when, label) if isinstance(when, LocalTime) else when
        if moment is None:
            return False
        if moment.tzinfo is None:
            raise Misuse(f"sleep_until({label!r}) needs a time with a zone: datetime(…, tzinfo=ZoneInfo(…))")
        await self._perform(Wait(
            method="sleep_until", label=label, returns=None, samples=(None,), closed=True,
            terms={"until": moment.isoformat()}, until=moment,
        ))  # fmt: skip
        return True

    async def _moment(self, when: LocalTime, label: str) -> datetime | None:
        """Found beside the database, where the contact's zone and attributes stay."""
        dated = isinstance(when.on, DateOf)
        samples = (Found(at=SOME_TIME), Found()) if dated else (Found(at=SOME_TIME),)
        found = await self._perform(Question(
            method="moment", label=label, returns=Found, samples=samples, terms=when.terms,
            activity=Moments.find, order=when.after(self._runtime.now()),
        ))  # fmt: skip
        return found.at

    async def wait_for(
        self,
        *wanted: Wanted,
        within: timedelta,
        where: EventCondition | None = None,
        since: Email | Task | datetime | None = None,
    ) -> Received | None:
        """The first of the events that comes, or None when none came `within` the time.

        It looks from its own start; handles such as `hello.seen`, and `since=hello`, from that message on. Within no
        time at all it only looks at what came already. For a message that was skipped it answers None at once.
        `where=OrderCompleted.amount > 50` is asked of that event alone. Which event it was is in the result's `name`.
        """
        patterns = tuple(_patterns(wanted, where, since))
        if not patterns or within < timedelta(0):
            raise Misuse("wait_for needs at least one event, and a time within which it may come")
        names: list[JsonValue] = [name for pattern in patterns for name in pattern.names]
        return await self._perform(Wait(
            method="wait_for", label="|".join(pattern.label for pattern in patterns),
            returns=Received | None, samples=(*_samples(patterns), None),
            terms={"seconds": within.total_seconds(), "events": names}, within=within, patterns=patterns,
        ))  # fmt: skip


def _patterns(
    wanted: tuple[Wanted, ...], where: EventCondition | None, since: Email | Task | datetime | None
) -> Iterator[Pattern]:
    start = since if isinstance(since, datetime) or since is None else since.at
    names = {one.name for one in wanted if isinstance(one, EventType)}
    if where is not None and where.event not in names:
        raise Misuse(f"wait_for(where={where}): {where.event} is not among the events that are waited for")
    for one in wanted:
        if isinstance(one, EventType):
            yield one.pattern(start, where if where is not None and where.event == one.name else None)
        else:
            yield one


def _samples(patterns: tuple[Pattern, ...]) -> Iterator[Received]:
    """One for each event that may come and each answer it may bring."""
    for pattern in patterns:
        if pattern.void:
            continue
        for name in pattern.names:
            for choice in pattern.choices or (None,):
                yield Received(id="evt", name=name, choice=choice, at=SOME_TIME)
