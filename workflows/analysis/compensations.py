"""Which steps a run has done and declared, by its history and, for what no event tells yet, by its code."""

from temporalio.client import WorkflowHistory

from workflows.analysis.history import rebuild
from workflows.analysis.reading import read_history
from workflows.kit.declaration import declaration_of, path_on
from workflows.kit.workflow import MarketingWorkflow


def declared_in(history: WorkflowHistory, code: type | None) -> list[str]:
    """Step keys, in order. Code that fails on the way tells less."""
    recorded = read_history(history)
    enrollment = recorded.enrollment
    carried = enrollment.ledger.entries if enrollment.ledger else ()
    keys = [entry.key for entry in (*carried, *recorded.entries.values())]
    if code is None or not issubclass(code, MarketingWorkflow):
        return keys
    declaration = declaration_of(code)
    assert declaration is not None
    goals = frozenset(goal.name for goal in declaration.goals)
    try:
        rebuilt = rebuild(lambda on: path_on(code, enrollment, on).path(), recorded, goals)
    except Exception:  # whatever an author's code may raise
        return keys
    return [*keys, *(entry.key for entry in rebuilt.ledger.entries)]
