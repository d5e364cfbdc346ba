"""`cadencia up`: one terminal that starts every part, watches them, and stops them in order."""

import asyncio
import signal
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from rich.console import RenderableType
from rich.markup import escape

from cli.output import Failure, console
from cli.up import echo, parts, prepare, reload
from cli.up.child import Child
from cli.up.failing import death, first, named
from cli.up.panel import panel
from cli.up.screen import Screen
from worker import embedded, pace
from worker.settings import Settings, SettingsError

Result = TypeVar("Result")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Up:
    """The supervisor. Whatever happens, `run` leaves no process behind."""

    def __init__(self, settings: Settings, edits: reload.Edits | None = None) -> None:
        self._settings = settings
        self._edits = edits
        self._screen = Screen(console)
        self._children: dict[str, Child] = {}
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()
        self._stopping = False
        self._ready: set[str] = set()

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
            await self._stop_all()
        return 130 if self._kill.is_set() else 0

    def _signalled(self) -> None:
        (self._kill if self._stop.is_set() else self._stop).set()

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
                group.create_task(self._part(parts.MAIL, where, partial(parts.start_mail, self._settings)))
        await self._start_cadencia()
        return panel(self._settings, key.result(), time.monotonic() - began)

    async def _start_cadencia(self) -> None:
        """What runs the code of workflows."""
        async with asyncio.TaskGroup() as group:
            where = f"{self._settings.host}:{self._settings.api_port}"
            group.create_task(self._part(parts.API, where, partial(parts.start_api, self._settings)))
            group.create_task(self._part(parts.WORKER, "takes on work", self._start_worker))

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

        await self._part(parts.TEMPORAL, self._settings.embedded_temporal, start)

    async def _part(self, name: str, where: str, start: parts.Start) -> None:
        """Starts a process and waits until it is ready. Raises `Failure` when it ends or takes too long."""
        self._screen.begin(name)
        log = parts.log_file(self._settings, name)
        child = self._children[name] = Child(name, log, self._heed)
        starting = asyncio.create_task(start(child))
        try:
            waits: list[asyncio.Future[Any]] = [starting, child.ended]
            await asyncio.wait(waits, timeout=parts.START_WITHIN, return_when=asyncio.FIRST_COMPLETED)
            if child.ended.done():
                raise death(child)
            if not starting.done():
                raise Failure(f"{named(name)} was not ready within {parts.START_WITHIN:.0f} s: see {log}")
            starting.result()
        finally:
            starting.cancel()
        self._ready.add(name)
        self._screen.ready(name, where)

    async def _start_worker(self, child: Child) -> None:
        await parts.start_worker(partial(self._screen.note, parts.WORKER), child)

    def _heed(self, name: str, entry: echo.Entry) -> None:
        """What a process complains of while it starts or stops tells nothing: others are not there yet, or any more."""
        if name in self._ready and not self._stop.is_set() and not self._stopping:
            self._screen.heed(name, entry)

    async def _watch(self) -> None:
        """Returns never. Raises `Failure` when a process ends."""
        while True:
            edited = asyncio.create_task(reload.edited(self._edits))
            waits: set[asyncio.Future[Any]] = {edited, *(child.ended for child in self._children.values())}
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                edited.cancel()
            for child in self._children.values():
                if child.ended.done():
                    raise death(child)
            await self._reload()

    async def _reload(self) -> None:
        """Runs the edited files, if they can be run; else what runs goes on."""
        if wrong := await reload.complaint():
            self._screen.print(f"[red]✗[/] {escape(wrong)}\n[dim]What ran before goes on.[/]")
            return
        self._screen.print("[dim]Edited: starting again …[/]")
        await self._stop_cadencia()
        try:
            await self._start_cadencia()
            self._screen.print("[dim]The edited files run now.[/]")
        except* Failure as group:
            self._screen.print(f"[red]✗[/] {escape(str(first(group)))}\n[dim]Save again to try again.[/]")
            await self._stop_cadencia()

    async def _stop_cadencia(self) -> None:
        for name in (parts.API, parts.WORKER):
            self._ready.discard(name)
            if child := self._children.get(name):
                await child.stop(parts.STOP_ORDER[name], self._kill)
                del self._children[name]

    async def _stop_all(self) -> None:
        self._stopping = True
        if self._children:
            self._screen.print("\n[dim]Stopping …[/]")
        for name, limit in parts.STOP_ORDER.items():
            child = self._children.get(name)
            if child and not await child.stop(limit, self._kill) and not self._kill.is_set():
                self._screen.print(f"[yellow]![/] {named(name)} took longer than {limit:.0f} s and was ended")
        if self._children:
            self._screen.print("[dim]Everything has stopped.[/]")


def up(settings: Settings, *, reloading: bool = False) -> int:
    """Runs until a signal comes; the exit code. Raises `Failure`, with nothing left running."""
    prepare.folder(settings)
    pace.start(settings)
    if not settings.temporal_elsewhere:
        embedded.find(settings)  # a wrong setting is told before anything is started
    with prepare.alone(settings):
        return asyncio.run(_run(settings, reloading))


async def _run(settings: Settings, reloading: bool) -> int:
    return await Up(settings, reload.Edits(settings) if reloading else None).run()
