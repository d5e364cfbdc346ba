"""Admission: so much work is taken in hand, no more, and no key takes it all. Who is refused is told so at once."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.limit import Limit

BATCH = 16  # what a batch counts for, in calls


class Refused(Exception):
    """`status` is 429 when the key has its share in hand, 503 when there are more keys than room."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Room:
    """Units in hand, by key, of as many as there may be.

    They are shared by the keys that have work in hand, and one more, so that a key that comes new finds its share. A
    key alone may fill half of the room, two a third each. What a key has beyond its share, because others came or the
    room shrank, is not held against those others. A batch is never larger than a share.
    """

    def __init__(self, units: Callable[[], int]) -> None:
        self._units = units
        self._by_key: Counter[str] = Counter()

    @property
    def is_used(self) -> bool:
        """Whether there is as much in hand as one key alone may have: then it may be the room that is too small."""
        return 2 * self._by_key.total() + 1 >= self._units()

    def fits(self, key: str, weight: int) -> int:
        """The units that the call takes. Raises Refused."""
        units, mine = self._units(), self._by_key[key]
        share = max(1, units // (len(self._by_key.keys() | {key}) + 1))
        weight = min(weight, share)
        if mine and mine + weight > share:
            raise Refused(429)
        others = sum(min(taken, share) for other, taken in self._by_key.items() if other != key)
        if others + mine + weight > units:
            raise Refused(503)
        return weight

    def take(self, key: str, units: int) -> None:
        """Takes what was found to fit; gives it back when negative."""
        self._by_key[key] += units
        if not self._by_key[key]:
            del self._by_key[key]

    @contextmanager
    def held(self, key: str, weight: int) -> Iterator[None]:
        units = self.fits(key, weight)
        self.take(key, units)
        try:
            yield
        finally:
            self.take(key, -units)


class Turn:
    """A call in hand. How long it takes is `measured` where that tells of us, and not of the call."""

    measured = False

    def __init__(self, key: str, units: int, began: float) -> None:
        self.key = key
        self.units = units
        self.began = began
        self.ended = False


class Admission:
    """Work is done in a room that adapts. Unknown keys are looked up, and bodies are read, in rooms of their own and of
    full size: neither strangers nor slow senders hold up work."""

    def __init__(self, ceiling: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.limit = Limit(ceiling, clock)
        self.strangers = Room(lambda: ceiling)
        self.reading = Room(lambda: ceiling)
        self.working = Room(lambda: self.limit.units)

    def begin(self, key: str, weight: int) -> Turn:
        """Takes a call in hand. Raises Refused."""
        turn = Turn(key, self.working.fits(key, weight), self._clock())
        self.working.take(key, turn.units)
        return turn

    def end(self, turn: Turn, *, well: bool) -> None:
        """The call has its answer. A second time says nothing."""
        if turn.ended:
            return
        turn.ended = True
        if turn.measured:
            self.limit.answered(turn.began, well=well, used=self.working.is_used)
        self.working.take(turn.key, -turn.units)
