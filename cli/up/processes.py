"""The processes that `cadencia up` has started: each is watched, and may be replaced."""

import asyncio
from typing import Any

from cli.output import Failure
from cli.up import echo, parts
from cli.up.child import Child
from cli.up.failing import death, named
from cli.up.screen import Screen
from worker.settings import Settings


class Processes:
    """At most one of each name, but while one replaces another. From `stopping` on nobody heeds what they complain of;
    `kill` ends the patience with those that stop."""

    def __init__(self, settings: Settings, screen: Screen, stopping: asyncio.Event) -> None:
        self._settings = settings
        self._screen = screen
        self._running: dict[str, Child] = {}
        self._replaced: Child | None = None
        self._ready: set[str] = set()
        self._stopping = stopping
        self.kill = asyncio.Event()

    async def start(self, name: str, where: str, start: parts.Start) -> None:
        """Starts one and waits until it is ready. Raises `Failure` when it ends or takes too long."""
        self._screen.begin(name)
        log = parts.log_file(self._settings, name)
        child = self._running[name] = Child(name, log, self._heed)
        try:
            await _started(child, start)
        except Failure:
            await self._running.pop(name).stop(parts.STOP_ORDER[name], self.kill)
            raise
        self._ready.add(name)
        self._screen.ready(name, where)

    async def replace(self, name: str, where: str, start: parts.Start) -> None:
        """Starts another beside the one that runs, which ends when the other is ready. Raises as `start` does, and the
        one before goes on."""
        self._ready.discard(name)
        self._replaced = self._running.pop(name)
        try:
            await self.start(name, where, start)
        except Failure:
            self._running[name], self._replaced = self._replaced, None
            self._ready.add(name)
            raise
        await self._replaced.stop(parts.STOP_ORDER[name], self.kill)
        self._replaced = None

    def pid(self, name: str) -> int | None:
        return self._running[name].pid if name in self._running else None

    async def until(self, work: asyncio.Future[Any]) -> None:
        """Waits for the work. Raises `Failure` when a process ends before."""
        waits = {work, *(child.ended for child in self._running.values())}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for child in self._running.values():
            if child.ended.done():
                raise death(child)

    async def stop(self) -> None:
        """Ends all of them, in order."""
        if not self._running:
            return
        self._screen.print("\n[dim]Stopping …[/]")
        if self._replaced:
            await self._replaced.stop(parts.STOP_ORDER[self._replaced.name], self.kill)
        for name, limit in parts.STOP_ORDER.items():
            child = self._running.get(name)
            if child and not await child.stop(limit, self.kill) and not self.kill.is_set():
                self._screen.print(f"[yellow]![/] {named(name)} took longer than {limit:.0f} s and was ended")
        self._screen.print("[dim]Everything has stopped.[/]")

    def _heed(self, name: str, entry: echo.Entry) -> None:
        """What a process complains of while it starts or stops tells nothing: others are not there yet, or any more."""
        if name in self._ready and not self._stopping.is_set():
            self._screen.heed(name, entry)


async def _started(child: Child, start: parts.Start) -> None:
    starting = asyncio.create_task(start(child))
    try:
        waits: list[asyncio.Future[Any]] = [starting, child.ended]
        await asyncio.wait(waits, timeout=parts.START_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if child.ended.done():
            raise death(child)
        if not starting.done():
            within = f"{parts.START_WITHIN:.0f} s"
            raise Failure(f"{named(child.name)} was not ready within {within}: see {child.log}")
        starting.result()
    finally:
        starting.cancel()
