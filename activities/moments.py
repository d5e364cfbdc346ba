"""When a local time is: on a contact's own clock, through every change of it."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call, Found, Moment
from store.contacts import Contacts
from store.database import Database

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_EARLIEST, _LATEST = -1, 9
"""Days around a moment among which the next one is. A time that the clocks skip may fall on the day after its own, and
a day that they skip falls together with the next, so that a week may reach over one day more."""


class Moments:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="find_moment")
    async def find(self, call: Call[Moment]) -> Found:
        """When it is for the contact. Raises `unknown_zone` for a zone of the workflow's own that there is not."""
        moment = call.order
        async with self._database.read() as session:
            contact = await Contacts(session).get(call.subject_id)
        zone = _zone(contact.time_zone if contact else "UTC") if moment.zone is None else _named(moment.zone)
        value = contact.attributes.get(moment.attribute or "") if contact else None
        return Found(at=moment_at(moment, zone, _day(value)))


def moment_at(moment: Moment, zone: ZoneInfo, day: date | None) -> datetime | None:
    """When the moment is, in UTC. `day` is the date that its attribute holds; None, too, where it names no attribute.

    A local time that the clocks skip is read with the offset from before the gap, of one that they repeat the first
    counts (RFC 5545, 3.3.5). Each step so happens once on each day.
    """
    at = time.fromisoformat(moment.time)
    try:
        if moment.attribute is not None:
            return None if day is None else _on(day + timedelta(days=moment.offset_days), at, zone)
        return _next(moment, at, zone)
    except OverflowError:  # at the ends of the calendar
        return None


def _next(moment: Moment, at: time, zone: ZoneInfo) -> datetime | None:
    today = moment.since.astimezone(zone).date()
    days = (today + timedelta(days=number) for number in range(_EARLIEST, _LATEST))
    wanted = (day for day in days if not moment.weekdays or day.isoweekday() in moment.weekdays)
    return next((found for day in wanted if (found := _on(day, at, zone)) > moment.since), None)


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    """`fold=0`, which is the default, is what RFC 5545 asks for."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _day(value: Any) -> date | None:
    """The date in an attribute: `2027-03-01`, or that part of a time, as it is written."""
    if not isinstance(value, str) or not _DATE.match(value):
        return None
    try:
        return datetime.fromisoformat(value).date()
    except ValueError:
        return None


def _zone(name: str) -> ZoneInfo:
    """UTC for a contact whose zone is none: what they get a few hours off is better than nothing."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ApplicationError(
            f"there is no time zone {name!r}", type="unknown_zone", non_retryable=True
        ) from None
