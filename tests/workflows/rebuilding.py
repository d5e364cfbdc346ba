"""A run's ledger as its history gives it, and as a replay of that history has it in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker.catalogue import Installed
from worker.sandbox import runner
from workflows.analysis.history import Rebuilt, rebuild
from workflows.analysis.protos import is_command
from workflows.analysis.reading import read_history
from workflows.contracts import Ledger
from workflows.kit.declaration import declaration_of, path_on
from workflows.kit.run import Run
from workflows.kit.workflow import MarketingWorkflow


def rebuilt(installed: Installed, history: WorkflowHistory) -> Rebuilt:
    recorded = read_history(history)
    cls = _class(installed, recorded.enrollment.workflow)
    goals = frozenset(installed.catalogue[recorded.enrollment.workflow].goals)
    return rebuild(lambda on: path_on(cls, recorded.enrollment, on).path(), recorded, goals)


async def replayed(installed: Installed, history: WorkflowHistory) -> Ledger:
    """The ledger in the memory of the run, were it to continue now."""
    replayer = Replayer(
        workflows=[_class(installed, read_history(history).enrollment.workflow)],
        workflow_runner=runner(*{call.__module__ for call in installed.calls}),
        data_converter=pydantic_data_converter,
    )
    with _made() as runs:
        await replayer.replay_workflow(history)
    run = runs[-1]
    ending = run.ending and (run.ending.outcome, run.ending.reason)
    cancelled = any(
        event.HasField("workflow_execution_cancel_requested_event_attributes") for event in history.events
    )
    if ending == ("exited", "cancelled") and not cancelled:
        ending = None  # the replayer lets go of the run, which takes that for a cancel
    if ending and ending[0] not in {"exited", "converted", "unsubscribed"}:
        ending = None  # the path's own, to which it comes again
    return run.journal.snapshot().model_copy(update={"ending": ending})


def stages(history: WorkflowHistory) -> Iterator[WorkflowHistory]:
    """The history as it was after each workflow task, with what that task had commanded."""
    events, place = history.events, 0
    while place < len(events):
        place += 1
        if events[place - 1].HasField("workflow_task_completed_event_attributes"):
            while place < len(events) and is_command(events[place]):
                place += 1
            yield WorkflowHistory(history.workflow_id, events[:place])


async def compare(installed: Installed, history: WorkflowHistory) -> None:
    """Asserts that history and memory agree."""
    told, held = (
        _comparable(rebuilt(installed, history).ledger),
        _comparable(await replayed(installed, history)),
    )
    differing = {name: (told[name], held[name]) for name in held if told[name] != held[name]}
    assert not differing, f"{history.workflow_id} after {len(history.events)} events: {differing}"


def _comparable(ledger: Ledger) -> dict[str, Any]:
    """Side by side, branches may have been asked in another order, which nothing depends on."""
    plain = ledger.model_dump(mode="json")
    for name in ("entries", "open", "inbox", "earlier"):
        plain[name] = {one.get("key") or one["id"]: one for one in plain[name]}
    for name in ("used", "unstored"):
        plain[name] = sorted(plain[name])
    return plain


@contextmanager
def _made() -> Iterator[list[Run]]:
    runs: list[Run] = []
    make = Run.__init__

    def noted(self: Run, *args: Any, **options: Any) -> None:
        runs.append(self)
        make(self, *args, **options)

    with patch.object(Run, "__init__", noted):
        yield runs


def _class(installed: Installed, slug: str) -> type[MarketingWorkflow]:
    declared = {cls: declaration_of(cls) for cls in installed.classes}
    return next(cls for cls, one in declared.items() if one and one.slug == slug)
