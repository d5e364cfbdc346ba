"""The queue: who waits, in which order turns come, and when a call is refused; on a clock that the tests move."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest

from api.queueing import FIRST_PACE, Queue, Refused, Turn

WAIT = 4.0


@dataclass
class Machine:
    """Answers `carried` units a second, as many at once as there is room for."""

    room: int = 8
    carried: float = 20.0
    now: float = 0.0
    served: list[str] = field(default_factory=list)
    in_hand: list[Turn] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = Queue(lambda: self.room, WAIT, lambda: self.now)

    async def come(self, key: str, weight: int = 1) -> asyncio.Task[Turn | None]:
        """A call that has its turn, or waits for it; or was refused."""

        async def call() -> Turn | None:
            turn = self.queue.turn_now(key, weight)
            turn = turn or await self.queue.turn(key, weight, asyncio.get_running_loop().create_future())
            assert turn
            self.in_hand.append(turn)
            return turn

        task = asyncio.ensure_future(call())
        await _settled()
        return task

    async def work(self, seconds: float) -> None:
        """The oldest call in hand is answered, again and again."""
        until = self.now + seconds
        while self.in_hand and self.now < until:
            turn = self.in_hand.pop(0)
            self.now += turn.units / self.carried
            self.queue.end(turn)
            self.served += [turn.key] * turn.units
            await _settled()
        self.now = max(self.now, until)


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def refused(task: asyncio.Task[Turn | None]) -> int | None:
    """The status it was refused with."""
    error = task.exception() if task.done() else None
    return error.status if isinstance(error, Refused) else None


async def test_a_burst_waits_and_is_answered() -> None:
    machine = Machine()
    calls = [await machine.come("a") for _ in range(50)]
    assert not any(map(refused, calls))
    await machine.work(seconds=10)
    assert all(call.done() for call in calls)
    assert len(machine.served) == 50


async def test_who_would_wait_too_long_is_refused_as_soon_as_it_comes() -> None:
    machine = Machine()
    calls = [await machine.come("a") for _ in range(400)]
    statuses = Counter(map(refused, calls))
    assert statuses == {None: machine.room + FIRST_PACE * WAIT, 429: 400 - machine.room - FIRST_PACE * WAIT}


@pytest.mark.parametrize("carried", [4.0, 20.0, 60.0])
async def test_lasting_overload_keeps_waits_at_the_bound(carried: float) -> None:
    """The pace is learned: what is let in waits about as long as it may, whatever is carried."""
    machine, waits = Machine(carried=carried), list[float]()

    async def timed(came: float) -> None:
        call = await machine.come("a")
        if not refused(call):
            call.add_done_callback(lambda _: waits.append(machine.now - came))

    for _ in range(400):
        for _ in range(int(carried * 0.2) + 2):
            await timed(machine.now)
        await machine.work(seconds=0.2)
    settled = waits[3 * len(waits) // 4 :]
    assert 0.5 * WAIT < max(settled) < 1.5 * WAIT
    assert len(machine.served) >= 0.95 * 80 * carried


async def test_no_key_starves_another() -> None:
    """One has eighty calls waiting; who comes later with two waits for two turns."""
    machine = Machine()
    for _ in range(80):
        await machine.come("many")
    assert machine.queue.predicted_wait("few", 1) < machine.queue.predicted_wait("many", 1)
    few = [await machine.come("few") for _ in range(2)]
    await machine.work(seconds=0.55)
    assert all(call.done() for call in few)
    await machine.work(seconds=10)
    assert Counter(machine.served) == {"many": 80, "few": 2}


async def test_keys_that_want_more_than_there_is_get_as_much_as_each_other() -> None:
    machine = Machine()
    for _ in range(50):
        for key in ("a", "b", "c"):
            for _ in range(5):
                await machine.come(key)
        await machine.work(seconds=0.5)
    served = Counter(machine.served)
    assert max(served.values()) - min(served.values()) <= 0.1 * len(machine.served), served


async def test_a_batch_waits_its_turn_like_a_call() -> None:
    machine = Machine()
    for _ in range(20):
        await machine.come("calls")
    batch = await machine.come("batches", 16)
    await machine.work(seconds=0.5)
    assert batch.done()
    assert machine.queue.predicted_wait("calls", 1) < WAIT


async def test_others_in_the_way_are_503_and_own_calls_429() -> None:
    machine = Machine(room=2)
    for key in range(200):
        for _ in range(3):
            await machine.come(str(key))
    late = await machine.come("late")
    again = await machine.come("0")
    assert (refused(late), refused(again)) == (503, 429)


async def test_who_hangs_up_leaves_the_queue() -> None:
    machine = Machine(room=2)
    for _ in range(2):
        await machine.come("a")
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.ensure_future(machine.queue.turn("a", 1, gone))
    broken_off = await machine.come("a")
    await _settled()
    gone.set_result(None)
    broken_off.cancel()
    await _settled()
    assert waiting.result() is None
    assert broken_off.cancelled()
    await machine.work(seconds=1)
    assert (len(machine.served), machine.queue.is_full) == (2, False)


async def test_a_turn_that_comes_as_its_call_is_broken_off_is_given_back() -> None:
    machine = Machine(room=2)
    for _ in range(2):
        await machine.come("a")
    call = await machine.come("a")
    machine.queue.end(machine.in_hand.pop())
    call.cancel()
    await _settled()
    assert call.cancelled()
    await machine.work(seconds=1)
    assert not machine.queue.is_full
    assert machine.queue.turn_now("a", 2)


async def test_a_slow_hour_is_forgotten() -> None:
    machine = Machine(carried=1)
    for _ in range(20):
        await machine.come("a")
    await machine.work(seconds=20)
    for _ in range(9):
        await machine.come("a")
    assert machine.queue.predicted_wait("a", 1) > 1
    await machine.work(seconds=60)
    for _ in range(9):
        await machine.come("a")
    assert machine.queue.predicted_wait("a", 1) < 0.2
