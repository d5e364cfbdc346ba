"""Admission: so much work is taken in hand, no more, and no key takes it all. Who is refused is told so at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.errors import Problem

BATCH = 16  # what a batch counts for, in requests
_RETRY_AFTER = "1"  # seconds


class Admission:
    """Counts requests in hand. `room` is how many there may be, a batch counting for `BATCH`.

    The room is shared by the keys that have work in hand, and one more: so there is always some left for a key that
    comes new. A key alone may fill half of it, two a third each.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._taken = 0
        self._by_key: Counter[str] = Counter()

    @contextmanager
    def admitted(self, key: str, weight: int = 1) -> Iterator[None]:
        """Holds room for one request. A problem 429 when this key has its share, 503 when there is no room at all.

        A request that is larger than a share is let in when its key has nothing else in hand.
        """
        weight = min(weight, self._room)
        mine = self._by_key[key]
        share = self._room // (len(self._by_key.keys() | {key}) + 1)
        if mine and mine + weight > share:
            raise _refused(
                429, "too_many", "This key has too much in hand", "wait for answers before you ask for more"
            )
        if self._taken + weight > self._room:
            raise _refused(503, "full", "The API has too much in hand", "it is safe to repeat the call")
        self._take(key, weight)
        try:
            yield
        finally:
            self._take(key, -weight)

    def _take(self, key: str, weight: int) -> None:
        self._taken += weight
        self._by_key[key] += weight
        if not self._by_key[key]:
            del self._by_key[key]


def _refused(status: int, code: str, title: str, remedy: str) -> Problem:
    detail = f"{remedy}; nothing was done, repeat it after {_RETRY_AFTER} s"
    return Problem(status, code, title, [("Authorization", detail)], {"Retry-After": _RETRY_AFTER})
