"""Times on the contact's own clock: `local("09:00", on=WORKING_DAYS)`, `local("09:00", on=date_of("renewal"))`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from activities.calls import Moment
from workflows.kit.steps import Misuse

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(1, 8)
WORKING_DAYS = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class DateOf:
    """The date that an attribute of the subject holds, and whole days from it."""

    attribute: str
    offset: timedelta = timedelta(0)

    def __add__(self, offset: timedelta) -> "DateOf":
        if offset % timedelta(days=1):
            raise Misuse(f"date_of({self.attribute!r}) ± {offset}: give whole days, and the time to local(…)")
        return DateOf(self.attribute, self.offset + offset)

    def __str__(self) -> str:
        return f"{self.attribute}{self.offset.days:+} days"

    def __sub__(self, offset: timedelta) -> "DateOf":
        return self + -offset


def date_of(attribute: str) -> DateOf:
    """The date in an attribute, written `2027-03-31` (RFC 3339)."""
    return DateOf(attribute)


@dataclass(frozen=True)
class LocalTime:
    """A time of day where the subject is, on the next day that suits or on a date."""

    time: str
    on: tuple[int, ...] | DateOf
    zone: str | None

    @property
    def terms(self) -> dict[str, JsonValue]:
        on: JsonValue = list(self.on) if isinstance(self.on, tuple) else str(self.on)
        return {"time": self.time, "on": on, "zone": self.zone}

    def after(self, since: datetime) -> Moment:
        """The question that finds it."""
        if isinstance(self.on, DateOf):
            return Moment(
                since=since,
                time=self.time,
                zone=self.zone,
                attribute=self.on.attribute,
                offset_days=self.on.offset.days,
            )
        return Moment(since=since, time=self.time, zone=self.zone, weekdays=self.on)


def local(time: str, *, on: tuple[int, ...] | DateOf = (), zone: str | None = None) -> LocalTime:
    """A time such as `09:00`, on the contact's clock unless a `zone` is given; `on` which weekdays, or on which date.

    A time that the clock skips at a change is as much later as it skips; one that it repeats is the first (RFC 5545,
    3.3.5). Raises Misuse when the time, a weekday or the zone is none.
    """
    if not _TIME.fullmatch(time):
        raise Misuse(f"local({time!r}): write the time as HH:MM, such as '09:00'")
    if zone is not None and not _is_zone(zone):
        raise Misuse(f"local({time!r}, zone={zone!r}): give a zone of the IANA list, such as 'Europe/Madrid'")
    if not isinstance(on, DateOf) and not set(on) <= set(range(MONDAY, SUNDAY + 1)):
        raise Misuse(f"local({time!r}, on={on!r}): give weekdays such as WORKING_DAYS, or date_of(…)")
    return LocalTime(time, on, zone)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
