"""The activity of upkeep: pass after pass for an hour, each part of a pass apart from the others."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.catalogue import Catalogue
from activities.errors import code_of
from activities.heartbeat import heartbeats
from store import clock
from store.effects import Effects
from store.marks import UPKEEP, Marks
from worker.composition import Composition
from worker.exiting import Exits
from worker.upkeep.comparing import Comparison
from worker.upkeep.failing_tasks import FailingTasks
from worker.upkeep.reconciling import Reconciler
from worker.upkeep.sweeping import Sweep

_PAUSE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_BEAT = 10.0  # seconds
_LONGEST = timedelta(minutes=5)  # that one part of a pass may take

_log = structlog.get_logger(__name__)


class Upkeep:
    """`hour`: for how long one activity works; `pause`: how long it rests when there is nothing more to do."""

    def __init__(
        self,
        client: Client,
        composition: Composition,
        catalogue: Catalogue,
        *,
        hour: timedelta = _HOUR,
        pause: timedelta = _PAUSE,
    ) -> None:
        self._database = composition.database
        self._hour = hour
        self._pause = pause
        sweep = Sweep(composition)
        exits = Exits(client, composition.database, catalogue)
        reconciler = Reconciler(client, composition.database)
        self._parts: dict[str, Callable[[], Awaitable[bool | None]]] = {
            "sweep_enrollments": sweep.enrollments,
            "sweep_events": sweep.events,
            "sweep_answers": sweep.answers,
            "sweep_idempotency_keys": sweep.idempotency_keys,
            "finish_exits": exits.finish,  # before what it terminates is reconciled: that would be `terminated`
            "reconcile": reconciler.run,
            "compare_stores": Comparison(client, composition.database, catalogue, reconciler).run,
            "find_failing_tasks": FailingTasks(client, composition.database).run,
        }

    @activity.defn(name="upkeep")
    async def run(self) -> None:
        """Works for an hour. When its worker stops it fails at once, and another worker takes over."""
        passes = asyncio.create_task(self._passes())
        stop = asyncio.create_task(activity.wait_for_worker_shutdown())
        try:
            async with heartbeats(every=_BEAT):
                await asyncio.wait({passes, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not passes.done():
                raise ApplicationError("the worker stops", category=ApplicationErrorCategory.BENIGN)
            passes.result()
        finally:
            for task in (passes, stop):
                task.cancel()
            await asyncio.gather(passes, stop, return_exceptions=True)

    async def _passes(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._hour.total_seconds()
        while loop.time() < until:
            if not await self.one_pass():
                await asyncio.sleep(self._pause.total_seconds())

    async def one_pass(self) -> bool:
        """Does every part once; says whether more could be done at once."""
        more = False
        for name, part in self._parts.items():
            more = await self._attempt(name, part) or more
        await self._attempt("mark", self._mark)
        return more

    async def _attempt(self, name: str, part: Callable[[], Awaitable[bool | None]]) -> bool:
        """A part that fails, or does not end within five minutes, leaves the others to be done."""
        try:
            async with asyncio.timeout(_LONGEST.total_seconds()):
                return bool(await part())
        except Exception as error:
            _log.warning("a part of upkeep failed", part=name, error=type(error).__name__)
            await self._note(name, error)
            return False

    async def _note(self, name: str, error: Exception) -> None:
        try:
            async with self._database.begin() as session:
                await Effects(session).fail(activity=name, code=code_of(error), text=str(error))
        except Exception as trouble:  # the database itself is what failed, most likely
            _log.warning("failure not stored", part=name, because=type(trouble).__name__)

    async def _mark(self) -> None:
        async with self._database.begin() as session:
            await Marks(session).set(UPKEEP, clock.machine())
