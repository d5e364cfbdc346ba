"""Admission: so much work is taken in hand, what is more waits in turn, and no key takes it all."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.limit import Limit
from api.queueing import Queue, Refused, Turn

BATCH = 16  # what a batch counts for, in calls
_BODIES = 4  # bodies that may be read at once, for each call that may be in hand: they are short, and waits are none


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


class Admission:
    """Work waits in a queue for a room that adapts. Unknown keys are looked up, and bodies are read, in rooms of their
    own and of fixed size: neither strangers nor slow senders hold up work."""

    def __init__(
        self, ceiling: int, longest_wait: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = Limit(ceiling, clock)
        self.strangers = Room(lambda: ceiling)
        self.reading = Room(lambda: _BODIES * ceiling)
        self.working = Queue(lambda: self.limit.units, longest_wait, clock)

    def end(self, turn: Turn, *, well: bool) -> None:
        """The call has its answer. A second time says nothing."""
        if turn.ended:
            return
        turn.ended = True
        if turn.measured:
            self.limit.answered(turn.began, well=well, used=self.working.is_full)
        self.working.end(turn)
