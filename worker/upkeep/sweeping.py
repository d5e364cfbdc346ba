"""Enrollments to start, events and answers to deliver, whose caller never came back."""

import asyncio
from datetime import datetime, timedelta

import structlog

from store import clock
from store.enrollments import Enrollments
from store.idempotency import IdempotencyKeys
from store.tasks import Tasks
from worker.composition import Composition

_GRACE = timedelta(seconds=30)
"""A caller may still be at work on what is younger: a batch takes 10 s at most, one call to Temporal 8 s."""
_BATCH = 500
_WITHIN = 20.0  # seconds for each kind of work in one pass

_log = structlog.get_logger(__name__)


class Sweep:
    """Each method does one kind of work for 20 s at most, and says whether more could be done at once."""

    def __init__(self, composition: Composition) -> None:
        self._composition = composition
        self._database = composition.database

    async def enrollments(self) -> bool:
        """Starts the runs of rows that are pending. One that cannot be started keeps no other from it."""
        until, before = _now() + _WITHIN, _before()
        started, last = 0, None
        while _now() < until:
            async with self._database.read() as session:
                rows = await Enrollments(session).unstarted(before, _BATCH, after=last)
            if not rows:
                return _swept("enrollments", started, more=False)
            started += await self._composition.enroller.complete_all(rows, until - _now())
            last = rows[-1]
        return _swept("enrollments", started, more=True)

    async def events(self) -> bool:
        """Tells runs of events; of each contact's some, so that nobody's backlog holds up another's."""
        until = _now() + _WITHIN
        told = await self._composition.router.deliver_left(_before(), _WITHIN)
        return _swept("events", told, more=_now() >= until)

    async def answers(self) -> bool:
        """Tells runs of answers to their tasks. Goes on as long as some could be delivered."""
        until, before = _now() + _WITHIN, _before()
        told = 0
        while _now() < until:
            async with self._database.read() as session:
                tasks = await Tasks(session).undelivered(before, _BATCH)
            delivered = await self._composition.answering.deliver_all(tasks, until - _now()) if tasks else 0
            told += delivered
            if not delivered:
                return _swept("answers", told, more=False)
        return _swept("answers", told, more=True)

    async def idempotency_keys(self) -> bool:
        """Forgets idempotency keys that are older than a day."""
        async with self._database.begin() as session:
            await IdempotencyKeys(session).sweep()
        return False


def _before() -> datetime:
    return clock.at(clock.machine() - _GRACE)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _swept(what: str, count: int, *, more: bool) -> bool:
    if count:
        _log.info("swept", what=what, done=count)
    return more and count > 0
