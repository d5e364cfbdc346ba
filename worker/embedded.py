"""Finding the Temporal command-line tool, and the command that runs its development server."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from worker.settings import Settings, SettingsError

REPORTS_FAILING_TASKS = (
    "--dynamic-config-value",
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",
)
"""The server lists a run among those with problems when its workflow task has failed twice."""

_LEVELS = {"debug": "info", "info": "warn", "warning": "warn", "error": "error"}  # its `info` is most chatty


def find(settings: Settings) -> Path | None:
    """The tool: where the setting says, else on PATH, beside this Python, or downloaded before."""
    if settings.temporal_cli:
        if os.access(settings.temporal_cli, os.X_OK) and settings.temporal_cli.is_file():
            return settings.temporal_cli
        raise SettingsError([f"CADENCIA_TEMPORAL_CLI: {settings.temporal_cli} is no program that can be run"])
    beside = str(Path(sys.executable).parent)
    found = shutil.which("temporal") or shutil.which("temporal", path=beside)
    return Path(found) if found else next(_downloaded(settings), None)


async def fetch(settings: Settings, note: Callable[[str], None]) -> Path:
    """The tool, downloaded when it is nowhere to be found. Raises `SettingsError`."""
    found = find(settings)
    if found:
        return found
    note("not installed here: downloading it from temporal.download")
    folder = _downloads(settings)
    folder.mkdir(parents=True, exist_ok=True)
    from temporalio.testing import WorkflowEnvironment  # slow to import, rarely needed

    try:
        async with await WorkflowEnvironment.start_local(download_dest_dir=str(folder)):
            pass  # the tool stays in the folder
    except RuntimeError as error:
        raise SettingsError([_missing(error)]) from error
    found = find(settings)
    if not found:
        raise SettingsError([_missing(None)])
    return found


def command(tool: Path, settings: Settings) -> list[str]:
    """Runs the development server on this machine alone, its state kept in the data folder."""
    return [
        *(str(tool), "server", "start-dev", "--ip", "127.0.0.1"),
        *("--port", str(settings.temporal_port), "--ui-port", str(settings.temporal_ui_port)),
        *("--db-filename", str(settings.home / "temporal.db"), "--ui-disable-news-fetch"),
        *REPORTS_FAILING_TASKS,
        *("--log-level", _LEVELS[settings.log_level], "--log-format", "json"),
    ]


def _downloads(settings: Settings) -> Path:
    return settings.home / "bin"


def _downloaded(settings: Settings) -> Iterator[Path]:
    """Whatever the SDK called it; a download that was broken off cannot be run."""
    files = (file for file in _downloads(settings).glob("*") if file.is_file())
    return (file for file in files if os.access(file, os.X_OK) and file.suffix != ".downloading")


def _missing(error: Exception | None) -> str:
    why = f" ({error})" if error else ""
    return (
        f"The Temporal command-line tool is missing and could not be downloaded{why}: install `temporal`, "
        "set CADENCIA_TEMPORAL_CLI to it, or TEMPORAL_ADDRESS to a server that runs"
    )
