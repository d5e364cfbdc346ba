"""Explores a path without Temporal: it is walked again and again with scripted results."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from workflows.analysis.exploration import Exploration, Mark, Place, Site, Taken, Uncovered, Walk
from workflows.analysis.explore_arcs import Arcs
from workflows.analysis.explore_coverage import Coverage, forbid_endless
from workflows.analysis.explore_player import Player
from workflows.analysis.explore_rules import Rules
from workflows.analysis.explore_script import Script, Tape
from workflows.analysis.explore_search import Search
from workflows.analysis.explore_sites import Sites
from workflows.analysis.explore_walk import example, walk_path
from workflows.kit.declaration import Declaration, declaration_of
from workflows.kit.ends import Ending, end_hooks
from workflows.kit.steps import Misuse
from workflows.kit.workflow import MarketingWorkflow

__all__ = ["Exploration", "Mark", "Place", "Site", "Taken", "Uncovered", "Walk", "explore"]

_MOST_STEPS = 2_000
"""Of a walk, as long as none has come to an end; then three times as many as the longest that did, or these few."""
_FEW_STEPS = 300


def explore(
    cls: type[MarketingWorkflow], params: Mapping[str, Any] | None = None, *, longest: bool = False
) -> Exploration:
    """Walks the path until all its branches are known, the same way each time; with `longest`, until no longer walk is
    found either.

    Raises Misuse when the path does what it may not: it is endless, awaits what is no step, waits for an event that
    nobody declared, waits in an `@on_end` method, and the like. `params` are the workflow's; defaults fill the rest.
    """
    declaration = declaration_of(cls)
    if declaration is None:
        raise Misuse(f"{cls.__name__} is not decorated: put @marketing_workflow(…) above it")
    enrollment = example(cls, declaration, params or {})
    found, arcs, rules = Exploration(cls.__name__), Arcs(cls.__name__), Rules(cls.__name__)
    sites, coverage, reached = Sites(walk_path.__code__), Coverage(cls, arcs), 0

    def play(script: Script) -> tuple[Walk, Tape]:
        nonlocal reached
        most = max(_FEW_STEPS, 3 * reached) if reached else _MOST_STEPS
        player = Player(script, found, sites, arcs, rules, most)
        with arcs.watching():
            walk_path(cls, enrollment, player)
        walk, tape = player.walk, player.tape
        vars(player).clear()  # its frames and clock lead back to it: a walk that nobody keeps is gone at once
        if walk.ended != "unfinished":
            reached = max(reached, len(tape.points), 1)
        return walk, tape

    with _uncollected():
        Search(play, found, arcs, coverage.whole).run(_from_outside(cls, declaration), longest=longest)
    forbid_endless(found)
    found.uncovered = coverage.uncovered()
    return found


def _from_outside(cls: type[MarketingWorkflow], declaration: Declaration) -> tuple[Ending, ...]:
    """The ends that may come in any wait. That a step fails for good matters where something happens at the end."""
    goals = [Ending("converted", goal.name) for goal in declaration.goals]
    failed = [Ending("failed", "failed")] if end_hooks(cls.__new__(cls)) else []
    return (*goals, Ending("exited", "operator"), Ending("unsubscribed"), *failed)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Walks leave no circles behind, and looking for some would go over all that is kept, again and again."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
