"""A run's own clock."""

from datetime import datetime, timedelta

from temporalio import workflow

from workflows.contracts import Pace


class RunClock:
    """Workflow time, or in development a faster clock that the run was started with."""

    def __init__(self, pace: Pace | None) -> None:
        self._pace = pace

    def now(self) -> datetime:
        return self.at(workflow.now())

    def at(self, real: datetime) -> datetime:
        """What this clock shows when the server's shows that."""
        return self._pace.epoch + (real - self._pace.epoch) * self._pace.speed if self._pace else real

    def real(self, duration: timedelta) -> timedelta:
        """How long a duration of this clock takes: a millisecond at least, since a timer of none does not let time
        pass, and whoever waits by it would look again for ever."""
        return max(duration / self._pace.speed if self._pace else duration, timedelta(milliseconds=1))
