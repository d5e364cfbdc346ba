"""How much may be in hand at once, as the time tells that answers take: more while they are quick, else less."""

import time
from collections.abc import Callable

TARGET = 0.4  # seconds in which a call is answered when there is no more in hand than can be carried
START = 16
FLOOR = 4
_FORGOTTEN = 10.0  # seconds after which a late answer says nothing any more
_LEAST, _MOST = 0.5, 0.9  # what one late answer leaves of the limit


class Limit:
    """Additive increase, multiplicative decrease (AIMD), between `FLOOR` and the ceiling.

    A limit in full use grows by one while a limitful of calls is answered in time. A late answer shrinks it by how late
    it was, and once only: the other calls that were in hand then say nothing new. At first, and when no answer was late
    for a while, it is `START` at least and grows by one with each call, so that it soon finds what can be carried.
    """

    def __init__(self, ceiling: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._ceiling = ceiling
        self._floor = min(FLOOR, ceiling)
        self._clock = clock
        self._start = min(START, ceiling)
        self._units = float(self._start)
        self._shrunk_at = float("-inf")

    @property
    def units(self) -> int:
        if self._is_searching(self._clock()):
            self._units = max(self._units, self._start)
        return int(self._units)

    def answered(self, began: float, *, well: bool, used: bool) -> None:
        """A call that began then is answered now: `well`, when it did what was asked; `used`: the limit was needed."""
        now = self._clock()
        took = now - began
        if took > TARGET:
            if began >= self._shrunk_at:
                left = min(_MOST, max(_LEAST, TARGET / took))
                self._units = max(self._floor, self._units * left)
                self._shrunk_at = now
        elif well and used:
            step = 1.0 if self._is_searching(now) else 1 / self._units
            self._units = min(self._ceiling, self._units + step)

    def _is_searching(self, now: float) -> bool:
        return now > self._shrunk_at + _FORGOTTEN
