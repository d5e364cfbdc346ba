"""Loads all workflows as a worker does, in a process of its own: one line, with file and line, says what is wrong."""

import asyncio
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.settings import Settings


def main() -> int:
    sys.path.append(os.getcwd())
    from worker import settings

    loaded = settings.load()
    try:
        asyncio.run(_load(loaded))
    except Exception as error:  # whatever an author's file may raise
        sys.stderr.write(f"{_where(error, loaded.workflows)}{type(error).__name__}: {error}\n")
        return 1
    return 0


async def _load(loaded: "Settings") -> None:
    from temporalio.workflow import _Definition

    from worker.catalogue import install
    from worker.runner import runner_of

    installed = install(loaded)
    sandbox = runner_of(installed)
    for cls in installed.classes:
        sandbox.prepare_workflow(_Definition.must_from_class(cls))


def _where(error: BaseException, packages: list[str]) -> str:
    """The last line of the author's that the error came through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}: "
    tops = {package.partition(".")[0] for package in packages}
    kit = Path("workflows") / "kit"
    place = ""
    cause: BaseException | None = error
    while cause:
        for frame in traceback.extract_tb(cause.__traceback__):
            file = Path(frame.filename)
            if tops & set(file.parts) and str(kit) not in str(file) and "analysis" not in file.parts:
                place = f"{_short(frame.filename)}:{frame.lineno}: "
        cause = cause.__cause__
    return place


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # Temporal's threads can abort an interpreter that is shutting down
