"""`CADENCIA_SPEED`: the clock of a data folder, the same for every process that works on it."""

import json
from datetime import datetime
from pathlib import Path

from store import clock
from store.clock import Pace
from worker import secret_file
from worker.settings import Settings, SettingsError


def start(settings: Settings) -> None:
    """Sets this process's clock. Raises SettingsError when the folder's clock runs at another speed."""
    file = _file(settings)
    if not file.exists():
        if settings.speed == 1:
            return
        if _has_run(settings):
            raise SettingsError(
                [
                    f"CADENCIA_SPEED cannot change in {settings.home}/: give this speed a data folder, CADENCIA_HOME"
                ]
            )
        secret_file.keep(file, json.dumps({"epoch": clock.machine().isoformat(), "speed": settings.speed}))
    pace = _read(file)
    if pace.speed != settings.speed:
        raise SettingsError(
            [f"{settings.home}/ runs at CADENCIA_SPEED={pace.speed:g}: set that, or another CADENCIA_HOME"]
        )
    clock.set_pace(pace)


def _has_run(settings: Settings) -> bool:
    """Whether anything worked on the data folder yet. Tables alone do not count: `db upgrade` makes them."""
    return settings.secret_key_file.exists() or settings.api_key_file.exists()


def kept(settings: Settings) -> Pace | None:
    """The clock of the data folder; None where none is kept: it goes with the machine's."""
    file = _file(settings)
    return _read(file) if file.exists() else None


def _file(settings: Settings) -> Path:
    return settings.home / "clock.json"


def _read(file: Path) -> Pace:
    kept = json.loads(file.read_text())
    return Pace(datetime.fromisoformat(kept["epoch"]), kept["speed"])
