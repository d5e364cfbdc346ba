"""Times in words, by the clock of the data folder, which may run faster than the machine's."""

from datetime import UTC, datetime
from functools import cache

_UNITS = (("day", 86_400, 1.5), ("hour", 3_600, 1.5), ("minute", 60, 1.5), ("second", 1, 0))
"""Name, seconds, and from how many of them on it is used."""


@cache
def _now() -> datetime:
    """When this command began."""
    from worker import pace, settings

    machine = datetime.now(UTC)
    kept = pace.kept(settings.load())
    return kept.at(machine) if kept else machine


def relative(time: str | None) -> str:
    """`in 2 days`, `3 hours ago`; empty for no time."""
    if not time:
        return ""
    seconds = (datetime.fromisoformat(time) - _now()).total_seconds()
    name, size = next((name, size) for name, size, least in _UNITS if abs(seconds) >= least * size)
    count = round(abs(seconds) / size)
    told = f"{count} {name}{'' if count == 1 else 's'}"
    return f"in {told}" if seconds > 0 else f"{told} ago"


def moment(time: str) -> str:
    """`Thursday 26 November, 10:00 UTC`, with the year when it is another."""
    at = datetime.fromisoformat(time).astimezone(UTC)
    year = "" if at.year == _now().year else f" {at.year}"
    return f"{at:%A} {at.day} {at:%B}{year}, {at:%H:%M} UTC"
