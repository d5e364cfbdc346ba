"""`cadencia up --reload`: notices that workflows or templates were saved, and whether they can be run."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from worker.settings import Settings

_EVERY = 0.5  # seconds between looks
_CODE, _ANY = "*.py", "*"

Seen = dict[Path, tuple[int, int]]


class Edits:
    """Files of the configured packages and template folders. Looked at rather than subscribed to: there are few."""

    def __init__(self, settings: Settings) -> None:
        self._folders = [(folder, _CODE) for package in settings.workflows for folder in _folders(package)]
        self._folders += [(folder, _ANY) for folder in settings.templates]
        self._seen = self._look()

    async def next(self) -> None:
        """Returns when files were saved, made or removed, and no more are for a moment."""
        before, now = self._seen, self._look()
        while now == self._seen or now != before:
            before = now
            await asyncio.sleep(_EVERY)
            now = self._look()
        self._seen = now

    def _look(self) -> Seen:
        return dict(_states(file for folder, kind in self._folders for file in folder.rglob(kind)))


async def edited(edits: Edits | None) -> None:
    """Returns when there were edits: never where they are not looked for."""
    if edits:
        await edits.next()
    else:
        await asyncio.Event().wait()


async def complaint() -> str | None:
    """Why the files as they are cannot be run; None when they can."""
    command = [sys.executable, "-P", "-m", "cli.up.verify"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, told = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    return told.decode(errors="replace").strip() or "it cannot be loaded" if process.returncode else None


def _folders(package: str) -> list[Path]:
    spec = find_spec(package)
    return [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []


def _states(files: Iterable[Path]) -> Iterator[tuple[Path, tuple[int, int]]]:
    for file in files:
        if "__pycache__" in file.parts or file.name.startswith("."):
            continue
        try:
            state = file.stat()
        except OSError:  # gone since it was listed
            continue
        if file.is_file():
            yield file, (state.st_mtime_ns, state.st_size)
