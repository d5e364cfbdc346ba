"""The queue for work: so much is in hand at once, the rest waits in turn, and what would wait too long is refused."""

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FIRST_PACE = 20.0  # units a second, believed until a queue has shown what is carried
_REMEMBERED = 2.0  # seconds: the time constant of the mean
_FORGOTTEN = 10.0  # seconds without a queue after which a slow pace says nothing any more


class Refused(Exception):
    """`status` is 429 when the key's own calls are in the way, 503 when those of others are."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Turn:
    """A call in hand. How long it takes is `measured` where that tells of us, and not of the call."""

    measured = False

    def __init__(self, key: str, units: int, began: float) -> None:
        self.key = key
        self.units = units
        self.began = began
        self.ended = False


@dataclass(eq=False)
class _Waiting:
    weight: int
    turn: asyncio.Future[Turn] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Throughput:
    """Units answered per second while others wait: an exponentially weighted mean, in which the newest count most."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._mean = FIRST_PACE
        self._at = clock()
        self._counts = False

    @property
    def now(self) -> float:
        """Less with each second without an answer. Where nobody waits, it is that of the last queue, for a while."""
        passed = self._clock() - self._at
        if self._counts:
            return self._mean * math.exp(-passed / _REMEMBERED)
        return self._mean if passed < _FORGOTTEN else max(self._mean, FIRST_PACE)

    def count(self, queue: bool) -> None:
        """Whether there is a queue from now on."""
        self._mean, self._at, self._counts = self.now, self._clock(), queue

    def answered(self, units: int) -> None:
        if self._counts:
            self._mean, self._at = self.now + units / _REMEMBERED, self._clock()


class Queue:
    """Calls in hand, by key, as many as there is room for; and calls that wait, in the order in which they came.

    Keys that have work in hand or waiting share the room: one alone may fill it, of two each gets a half. The next
    turn is that of the key with the least in hand. What a key holds beyond its share, because others came or the room
    shrank, is not held against those others. A batch is never larger than a share.
    """

    def __init__(
        self, room: Callable[[], int], longest_wait: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._room = room
        self._longest_wait = longest_wait
        self._clock = clock
        self._throughput = Throughput(clock)
        self._in_hand: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Waiting]] = {}

    @property
    def is_full(self) -> bool:
        """Whether more room would be used."""
        return bool(self._waiting) or self._in_hand.total() >= self._room()

    def check(self, key: str, weight: int) -> None:
        """Raises Refused when a call that comes now would wait for longer than the bound."""
        if self.predicted_wait(key, weight) > self._longest_wait:
            raise Refused(429 if self._in_hand[key] or key in self._waiting else 503)

    def predicted_wait(self, key: str, weight: int) -> float:
        """Seconds. Ahead are the key's own calls, and of each other key as much as these and the new one together."""
        own = self._queued(key)
        others = sum(min(self._queued(other), own + weight) for other in self._waiting if other != key)
        missing = own + others + self._units(key, weight) - self._free(key)
        return missing / max(self._throughput.now, 1e-9) if missing > 0 else 0.0

    def turn_now(self, key: str, weight: int) -> Turn | None:
        """A turn without waiting, where nobody waits. Raises Refused."""
        self.check(key, weight)
        return None if self._waiting else self._begin(key, weight)

    async def turn(self, key: str, weight: int, hung_up: asyncio.Future[None]) -> Turn | None:
        """Waits for a turn, after `turn_now` gave none; None when the caller hangs up first."""
        if not self._waiting:
            self._throughput.count(queue=True)
        waiting = _Waiting(weight)
        self._waiting.setdefault(key, deque()).append(waiting)
        self._go_on()
        either: set[asyncio.Future[Any]] = {waiting.turn, hung_up}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if waiting.turn.done():
                self._release(waiting.turn.result())
            raise
        finally:
            if not waiting.turn.done():
                self._leave(key, waiting)
        return waiting.turn.result() if waiting.turn.done() else None

    def end(self, turn: Turn) -> None:
        """The call has its answer: others come to their turn."""
        self._throughput.answered(turn.units)
        self._release(turn)

    def _release(self, turn: Turn) -> None:
        self._take(turn.key, -turn.units)
        self._go_on()

    def _go_on(self) -> None:
        while self._give_turn():
            pass

    def _give_turn(self) -> bool:
        """Gives one to the first call of the key with the least in hand, or of the next key for which there is room."""
        for key in sorted(self._waiting, key=lambda key: self._in_hand[key]):
            first = self._waiting[key][0]
            turn = self._begin(key, first.weight)
            if turn:
                self._leave(key, first)
                first.turn.set_result(turn)
                return True
        return False

    def _begin(self, key: str, weight: int) -> Turn | None:
        units = self._units(key, weight)
        if units > self._free(key):
            return None
        self._take(key, units)
        return Turn(key, units, self._clock())

    def _leave(self, key: str, waiting: _Waiting) -> None:
        self._waiting[key].remove(waiting)
        if not self._waiting[key]:
            del self._waiting[key]
        if not self._waiting:
            self._throughput.count(queue=False)

    def _take(self, key: str, units: int) -> None:
        self._in_hand[key] += units
        if not self._in_hand[key]:
            del self._in_hand[key]

    def _queued(self, key: str) -> int:
        return sum(waiting.weight for waiting in self._waiting.get(key, ()))

    def _units(self, key: str, weight: int) -> int:
        return min(weight, self._share(key))

    def _free(self, key: str) -> int:
        """What is left for the key."""
        share = self._share(key)
        others = sum(min(units, share) for other, units in self._in_hand.items() if other != key)
        return self._room() - others - self._in_hand[key]

    def _share(self, key: str) -> int:
        return max(1, self._room() // len(self._in_hand.keys() | self._waiting.keys() | {key}))
