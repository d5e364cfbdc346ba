"""What keeps everything from working, in words: a part that is away, full, late or not set up."""

from collections.abc import Sequence
from datetime import datetime

from api.problems.schemas import Cause

DOCTOR = "cadencia doctor"
WORKER = "cadencia worker"


def api_away(why: str) -> Cause:
    return Cause(
        cause="api_away",
        text=f"{why}; the rest was seen from here, without it",
        remedy="start it, or see its log",
        command="cadencia api",
    )


def database_away(why: str = "the database does not answer") -> Cause:
    return Cause(
        cause="database_away",
        text=f"{why}; what it knows was not looked at",
        remedy="see CADENCIA_DATABASE_URL and that it runs; everything goes on by itself when it answers",
        command=DOCTOR,
    )


def database_full() -> Cause:
    return Cause(
        cause="database_full",
        text="the database cannot be written: its disk is full; nobody can be enrolled, and runs wait",
        remedy="make room on the disk of the database; everything goes on by itself then",
        command=DOCTOR,
    )


def temporal_away(why: str) -> Cause:
    return Cause(
        cause="temporal_away",
        text=f"{why}; whether workers run was not looked at",
        remedy="see TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE and that it runs; everything goes on when it answers",
        command=DOCTOR,
    )


def search_attributes_missing(names: Sequence[str], command: str) -> Cause:
    return Cause(
        cause="search_attributes_missing",
        count=len(names),
        text=f"Temporal refuses to start runs: it does not know the search attributes {', '.join(names)}",
        remedy="register them",
        command=command,
    )


def worker_gone(queue: str, since: datetime | None) -> Cause:
    return Cause(
        cause="worker_gone",
        about=queue,
        since=since,
        text=f"no worker asks the task queue {queue} for work",
        remedy="start a worker",
        command=WORKER,
    )


def upkeep_late(since: datetime | None) -> Cause:
    return Cause(
        cause="upkeep_late",
        since=since,
        text="upkeep did not finish a pass for minutes: what a crash left behind is not completed",
        remedy="a worker does it; see that one runs, and its log",
        command=WORKER,
    )
