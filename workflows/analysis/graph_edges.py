"""What leads from one node of a graph to the next, and which walks take all of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from workflows.analysis.exploration import Walk
from workflows.analysis.graph import Case
from workflows.analysis.graph_turns import Turn


@dataclass
class Passage:
    """How often an edge was taken: by which ways of the step before, and what the code asked in between."""

    ways: dict[str, int] = field(default_factory=dict)
    asked: dict[str, set[Turn]] = field(default_factory=dict)


def back_edges(start: str, edges: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """The edges that close a loop: those that lead to a node from which the walk in depth has just come."""
    after: dict[str, list[str]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    back: set[tuple[str, str]] = set()
    done: set[str] = set()
    for root in (start, *after):
        way: list[tuple[str, Iterator[str]]] = [] if root in done else [(root, iter(after.get(root, [])))]
        done.add(root)
        while way:
            node, targets = way[-1]
            target = next(targets, "")
            if not target:
                way.pop()
            elif any(target == one for one, _ in way):
                back.add((node, target))
            elif target not in done:
                done.add(target)
                way.append((target, iter(after.get(target, []))))
    return back


def own_conditions(passage: Passage, rivals: list[Passage]) -> list[Turn]:
    """What was asked on every passage of this edge but not on a rival's that the same way leads to."""
    found: dict[Turn, None] = {}
    for way, asked in passage.asked.items():
        beside = [rival.asked[way] for rival in rivals if way in rival.asked]
        telling = [one for one in sorted(asked) if not all(one in other for other in beside)]
        alone = [one for one in telling if not any(one in other for other in beside)]
        found.update(dict.fromkeys(alone or telling) if beside else {})
    return list(found)


def in_words(conditions: list[Turn]) -> tuple[str, ...]:
    """Where two that differ have the same words, the code's own tell them apart."""
    told = [condition.words for condition in conditions]
    return tuple(
        words if told.count(words) == 1 else condition.code
        for condition, words in zip(conditions, told, strict=True)
    )


def cases(walks: list[Walk]) -> Iterator[Case]:
    """The shortest walks that take every way and every transition, as tests would."""
    seen: set[object] = set()
    for walk in sorted(
        (walk for walk in walks if walk.ended != "unfinished"), key=lambda walk: len(walk.steps)
    ):
        steps = walk.steps
        taken: set[object] = {(step.site, step.step.method, step.way) for step in steps if step.ways > 1}
        taken |= {(a.site, a.way, b.site) for a, b in pairwise(steps)}
        taken.add((walk.outcome, walk.outside))
        if not taken <= seen:
            seen |= taken
            ways = tuple((step.key or step.step.label, step.caption) for step in steps if step.ways > 1)
            yield Case(walk.outcome or "next round", ways)
