"""Whether tests have taken every branch of a path: their runs are retraced, and the arcs compared with the code's."""

import os
from dataclasses import dataclass, field

from workflows.analysis.exploration import Exploration, Uncovered
from workflows.analysis.explore import explore
from workflows.analysis.explore_arcs import Arcs
from workflows.analysis.explore_coverage import Coverage
from workflows.kit.workflow import MarketingWorkflow

Workflow = type[MarketingWorkflow]


@dataclass
class Covering:
    """The arcs of each test's runs, by the test's id in pytest."""

    _arcs: dict[tuple[str, Workflow], Arcs] = field(default_factory=dict)

    def arcs(self, cls: Workflow) -> Arcs:
        """For the runs of the test that is under way."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        return self._arcs.setdefault((test, cls), Arcs(cls.__name__))

    def missing(self, cls: Workflow, tests: frozenset[str]) -> list[Uncovered]:
        """Branches of the path that none of these tests took, though one can."""
        seen = Arcs(cls.__name__)
        for (test, of), arcs in self._arcs.items():
            if of is cls and test in tests:
                for code, passed in arcs.seen.items():
                    seen.seen.setdefault(code, {}).update(passed)
        impossible = set(explored(cls).uncovered)
        return [one for one in Coverage(cls, seen).uncovered() if one not in impossible]


def explored(cls: Workflow) -> Exploration:
    """Explored once."""
    if cls not in _explored:
        _explored[cls] = explore(cls)
    return _explored[cls]


_explored: dict[Workflow, Exploration] = {}
covering = Covering()
