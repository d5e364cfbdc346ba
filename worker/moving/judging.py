"""Whether a run can go on on the code that is installed now, as its history tells."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, WorkflowRunner

from activities.calls import Entry
from workflows.analysis.history import Rebuilt, rebuild
from workflows.analysis.reading import read_history
from workflows.analysis.recorded import Recorded
from workflows.contracts import Ledger, OpenWait
from workflows.kit import sources
from workflows.kit.declaration import declaration_of, path_of
from workflows.kit.faults import NOT_OURS, Parking, fault_in
from workflows.kit.fit import fit
from workflows.kit.workflow import MarketingWorkflow


@dataclass(frozen=True)
class Judged:
    """`ledger`: what it starts again with, where it cannot go on as it is; `parking`: why it will park then, and
    `parts_at` at which step. `withdrawn` are effects under way that the code does not ask for.
    """

    history: WorkflowHistory
    recorded: Recorded
    ledger: Ledger | None = None
    parking: Parking | None = None
    parts_at: str | None = None
    withdrawn: tuple[str, ...] = ()


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
    declaration = declaration_of(cls)
    assert declaration is not None
    goals = frozenset(goal.name for goal in declaration.goals)
    rebuilt = rebuild(path_of(cls, recorded.enrollment), recorded, goals)
    ledger = rebuilt.ledger.model_copy(update={"open": (*rebuilt.ledger.open, *_renamed(cls, rebuilt))})
    return fitted(cls, Judged(history, recorded, ledger, withdrawn=rebuilt.withdrawn))


def fitted(cls: type[MarketingWorkflow], judged: Judged, more: Sequence[Entry] = ()) -> Judged:
    """The judgement with more entries in the ledger, and whether the ledger fits."""
    assert judged.ledger is not None
    ledger = judged.ledger.model_copy(update={"entries": (*judged.ledger.entries, *more)})
    try:
        fitting = fit(path_of(cls, judged.recorded.enrollment), ledger)
    except NOT_OURS as error:  # nobody may keep the whole worker from starting
        return replace(judged, ledger=ledger, parking=fault_in(error))
    return replace(judged, ledger=ledger, parking=fitting.parking, parts_at=fitting.step)


def _renamed(cls: type[MarketingWorkflow], rebuilt: Rebuilt) -> Iterator[OpenWait]:
    """Waits that have another label now keep the time that they began. A wait was renamed where the code begins one of
    the same kind and length (or, where only a history tells of it, at the same time), and does not have the old label
    any more."""
    source = b"\n".join(sources.behind(cls.__module__).values()).decode()
    for begun in rebuilt.begun:
        for wait in rebuilt.ledger.open:
            kind, _, label = wait.key.rpartition("#")[0].partition(":")
            same = begun.terms == wait.terms if wait.terms else begun.since == wait.since
            if begun.key.startswith(f"{kind}:") and same and label not in source:
                yield wait.model_copy(update={"key": begun.key})
