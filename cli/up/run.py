"""`cadencia up`: one terminal that starts every part, watches them, and stops them in order."""

import asyncio
import signal
import socket
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from rich.console import RenderableType
from rich.markup import escape

from cli.output import Failure, console
from cli.up import parts, ports, prepare, reload
from cli.up.child import Child
from cli.up.failing import first
from cli.up.panel import panel
from cli.up.processes import Processes
from cli.up.screen import Screen
from worker import embedded, pace
from worker.settings import Settings, SettingsError

Result = TypeVar("Result")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Up:
    """The supervisor. Whatever happens, `run` leaves no process behind. `listener` is the API's socket."""

    def __init__(
        self, settings: Settings, listener: socket.socket, edits: reload.Edits | None = None
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._edits = edits
        self._screen = Screen(console)
        self._stop = asyncio.Event()
        self._processes = Processes(settings, self._screen, self._stop)

    async def run(self) -> int:
        """The exit code: 0 after a stop that was asked for. Raises `Failure` when a part fails."""
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._signalled)
        try:
            with self._screen:
                shown = await self._unless_stopped(self._start())
            if shown:
                self._screen.print(shown)
                await self._unless_stopped(self._watch())
        finally:
            self._stop.set()
            await self._processes.stop()
        return 130 if self._processes.kill.is_set() else 0

    def _signalled(self) -> None:
        (self._processes.kill if self._stop.is_set() else self._stop).set()

    async def _unless_stopped(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """The work's result, or None when a signal came first."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if self._stop.is_set():
            task.cancel()
            await asyncio.wait({task})
            return None
        try:
            return task.result()
        except* (Failure, SettingsError) as group:
            raise first(group) from None

    async def _start(self) -> RenderableType:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            key = group.create_task(self._database())
            group.create_task(self._temporal())
            if not self._settings.production:
                where = f"SMTP 127.0.0.1:{self._settings.catcher_smtp_port}"
                start = partial(parts.start_mail, self._settings)
                group.create_task(self._processes.start(parts.MAIL, where, start))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._processes.start(parts.API, *self._api()))
            group.create_task(self._processes.start(parts.WORKER, *self._worker()))
        return panel(self._settings, key.result(), time.monotonic() - began)

    def _api(self) -> tuple[str, parts.Start]:
        """Where the API is, and how it is started."""
        where = f"{self._settings.host}:{self._settings.api_port}"
        return where, partial(parts.start_api, self._settings, self._listener)

    def _worker(self) -> tuple[str, parts.Start]:
        note, before = partial(self._screen.note, parts.WORKER), self._processes.pid(parts.WORKER)
        return "takes on work", partial(parts.start_worker, note, before)

    async def _database(self) -> str:
        self._screen.begin("database", "migrating")
        key = await prepare.database(self._settings)
        self._screen.ready("database", "up to date")
        return key

    async def _temporal(self) -> None:
        if self._settings.temporal_elsewhere:
            self._screen.begin(parts.TEMPORAL, "connecting")
            await parts.reach_temporal(self._settings)
            self._screen.ready(parts.TEMPORAL, str(self._settings.temporal()["target_host"]))
            return

        async def start(child: Child) -> None:
            await parts.start_temporal(self._settings, child, partial(self._screen.note, parts.TEMPORAL))
            await parts.reach_temporal(self._settings)

        await self._processes.start(parts.TEMPORAL, self._settings.embedded_temporal, start)

    async def _watch(self) -> None:
        """Returns never. Raises `Failure` when a process ends."""
        while True:
            edited = asyncio.create_task(reload.edited(self._edits))
            try:
                await self._processes.until(edited)
            finally:
                edited.cancel()
            await self._reload()

    async def _reload(self) -> None:
        """Runs the edited files, if they can be run; else what runs goes on.

        The API comes first: it tells runs of the events that the new code waits for.
        """
        wrong = await reload.complaint()
        if wrong is None:
            self._screen.print("[dim]Edited: starting again …[/]")
            try:
                await self._processes.replace(parts.API, *self._api())
                await self._processes.replace(parts.WORKER, *self._worker())
            except Failure as failure:
                wrong = str(failure)
        if wrong:
            self._screen.print(f"[red]✗[/] {escape(wrong)}\n[dim]What ran before goes on.[/]")
        else:
            self._screen.print("[dim]The edited files run now.[/]")


def up(settings: Settings, *, reloading: bool = False) -> int:
    """Runs until a signal comes; the exit code. Raises `Failure`, with nothing left running. Hold the data folder."""
    pace.start(settings)
    if not settings.temporal_elsewhere:
        embedded.find(settings)  # a wrong setting is told before anything is started
    with ports.listen(settings) as listener:
        return asyncio.run(_run(settings, listener, reloading))


async def _run(settings: Settings, listener: socket.socket, reloading: bool) -> int:
    return await Up(settings, listener, reload.Edits(settings) if reloading else None).run()
