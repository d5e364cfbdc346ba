"""`CADENCIA_SPEED`: the clock of a data folder, the same for every process that works on it."""

import json
from datetime import datetime

from store import clock
from store.clock import Pace
from worker import secret_file
from worker.settings import Settings, SettingsError


def start(settings: Settings) -> None:
    """Sets this process's clock. Raises SettingsError when the folder's clock runs at another speed."""
    file = settings.home / "clock.json"
    if not file.exists():
        if settings.speed == 1:
            return
        if (settings.home / "cadencia.db").exists():
            raise SettingsError(
                [
                    f"CADENCIA_SPEED cannot change in {settings.home}/: give this speed a data folder, CADENCIA_HOME"
                ]
            )
        secret_file.keep(file, json.dumps({"epoch": clock.machine().isoformat(), "speed": settings.speed}))
    kept = json.loads(file.read_text())
    if kept["speed"] != settings.speed:
        raise SettingsError(
            [f"{settings.home}/ runs at CADENCIA_SPEED={kept['speed']:g}: set that, or another CADENCIA_HOME"]
        )
    clock.set_pace(Pace(datetime.fromisoformat(kept["epoch"]), kept["speed"]))
