"""Whether a run can go on on the code that is installed now, as its history tells."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, WorkflowRunner

from activities.calls import Entry
from workflows.analysis.history import rebuild
from workflows.analysis.reading import read_history
from workflows.analysis.recorded import Recorded
from workflows.contracts import Ledger
from workflows.kit.declaration import declaration_of, path_on
from workflows.kit.fit import fit
from workflows.kit.workflow import MarketingWorkflow


@dataclass(frozen=True)
class Judged:
    """`ledger`: what it starts again with, where it cannot go on as it is. It will park at the step `parts_at`.

    `withdrawn` are effects under way that the code does not ask for. `error`: the code fails on the way.
    """

    history: WorkflowHistory
    recorded: Recorded
    ledger: Ledger | None = None
    parts_at: str | None = None
    withdrawn: tuple[str, ...] = ()
    error: str | None = None


async def judge(
    cls: type[MarketingWorkflow], histories: Sequence[WorkflowHistory], runner: WorkflowRunner
) -> list[Judged]:
    """One judgement for each history."""
    replay = await _replay(cls, histories, runner)
    judged = []
    for history in histories:
        await asyncio.sleep(0)  # the worker that does this has other work too
        judged.append(_judge(cls, history, history.workflow_id in replay))
    return judged


async def _replay(
    cls: type[MarketingWorkflow], histories: Sequence[WorkflowHistory], runner: WorkflowRunner
) -> set[str]:
    """The ids of those whose history the code would have written too."""

    async def all_of_them() -> AsyncIterator[WorkflowHistory]:
        for history in histories:
            yield history

    replayer = Replayer(workflows=[cls], workflow_runner=runner, data_converter=pydantic_data_converter)
    async with replayer.workflow_replay_iterator(all_of_them()) as results:
        return {one.history.workflow_id async for one in results if one.replay_failure is None}


def _judge(cls: type[MarketingWorkflow], history: WorkflowHistory, replays: bool) -> Judged:
    recorded = read_history(history)
    if replays and not recorded.parked:
        return Judged(history, recorded)
    try:
        return _fitted(cls, history, recorded)
    except Exception as error:  # whatever an author's code may raise
        return Judged(history, recorded, error=f"{type(error).__name__}: {error}")


def _fitted(cls: type[MarketingWorkflow], history: WorkflowHistory, recorded: Recorded) -> Judged:
    declaration = declaration_of(cls)
    assert declaration is not None
    goals = frozenset(goal.name for goal in declaration.goals)
    enrollment = recorded.enrollment
    rebuilt = rebuild(lambda on: path_on(cls, enrollment, on).path(), recorded, goals)
    judged = Judged(history, recorded, rebuilt.ledger, withdrawn=rebuilt.withdrawn)
    return refitted(cls, judged, ())


def refitted(cls: type[MarketingWorkflow], judged: Judged, more: Sequence[Entry]) -> Judged:
    """The judgement with more entries in the ledger."""
    assert judged.ledger is not None
    ledger = judged.ledger.model_copy(update={"entries": (*judged.ledger.entries, *more)})
    fitting = fit(lambda on: path_on(cls, judged.recorded.enrollment, on).path(), ledger)
    return Judged(judged.history, judged.recorded, ledger, fitting.step, judged.withdrawn)
