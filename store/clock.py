"""The clock that activities, API and links share. In development it may run faster than the machine's."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Pace:
    """Since `epoch`, time passes `speed` times as fast as on the machine."""

    epoch: datetime
    speed: float

    def at(self, machine: datetime) -> datetime:
        """What this clock shows when the machine's shows that."""
        return self.epoch + (machine - self.epoch) * self.speed

    def machine(self, duration: timedelta) -> timedelta:
        """How long a duration of this clock takes."""
        return duration / self.speed


REAL = Pace(datetime(1970, 1, 1, tzinfo=UTC), 1)

_pace = REAL


def now() -> datetime:
    """The time, aware, in UTC."""
    return at(machine())


def machine() -> datetime:
    """The machine's own time, for leases and limits that guard against its faults."""
    return datetime.now(UTC)


def at(machine: datetime) -> datetime:
    """What the clock shows when the machine's shows that."""
    return machine if _pace is REAL else _pace.at(machine)


def pace() -> Pace:
    """How fast the clock of this process runs."""
    return _pace


def set_pace(pace: Pace) -> None:
    """Sets the clock of this process, once, when it starts."""
    global _pace  # a process has one clock
    _pace = pace
