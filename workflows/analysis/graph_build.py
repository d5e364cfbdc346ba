"""Makes the graph of a workflow from the walks through its path."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from workflows.analysis.exploration import Arc, Exploration, Mark, Site, Taken, Walk
from workflows.analysis.explore import explore
from workflows.analysis.graph import Edge, Graph, Kind, Node
from workflows.analysis.graph_edges import Passage, back_edges, cases, in_words, own_conditions
from workflows.analysis.graph_nodes import is_dated, met, node_of
from workflows.analysis.graph_turns import turns
from workflows.kit.declaration import Declaration, declaration_of
from workflows.kit.workflow import MarketingWorkflow

START, OUTSIDE = "start", "outside"

_SILENT = {"now", "random"}
"""What only reads: it is no node, comparing what it told is."""

_OUTSIDE_WAYS = {
    "exited": "an operator ends it",
    "unsubscribed": "unsubscribes",
    "failed": "a step fails for good",
}


def graph_of(
    cls: type[MarketingWorkflow],
    found: Exploration | None = None,
    *,
    subjects: Mapping[str, str] | None = None,
) -> Graph:
    """The graph under default parameters; `subjects` are those of mails, by template.

    Raises Misuse where `explore` does.
    """
    declaration = declaration_of(cls)
    assert declaration is not None, cls
    found = found or explore(cls, longest=True)
    builder = _Builder(declaration, subjects or {})
    for walk in found.walks:
        builder.add(walk)
    nodes = builder.finished()
    return Graph(
        name=found.name,
        slug=declaration.slug,
        nodes=nodes,
        edges=tuple(builder.edges()),
        outcomes=tuple(sorted({walk.outcome for walk in found.walks if walk.outcome})),
        hand_overs=tuple(sorted({walk.to for walk in found.walks if walk.to})),
        dead_ends=tuple(node.id for node in nodes if node.dead),
        messages=found.messages,
        days=round(found.longest.total_seconds() / 86_400, 2),
        endless=any(walk.ended != "outcome" for walk in found.walks),
        dated=any(is_dated(step) for walk in found.walks for step in walk.steps),
        cases=tuple(cases(found.walks)),
        unreached=tuple(str(one) for one in found.uncovered),
    )


Tail = tuple[str, str, int]
"""A node that something follows on, and the way it ended."""


class _Builder:
    def __init__(self, declaration: Declaration, subjects: Mapping[str, str]) -> None:
        starts_on = tuple(event.name for event in declaration.starts_on)
        self._nodes: dict[str, Node] = {START: Node(START, "start", START, events=starts_on)}
        self._goals = [goal.name for goal in declaration.goals]
        self._subjects = subjects
        self._ids: dict[object, str] = {}
        self._passages: dict[tuple[str, str], Passage] = {}
        self._tails: list[Tail] = []
        self._asked: list[Arc] = []

    def add(self, walk: Walk) -> None:
        """Goes along a walk. What an end from outside cut off is known from other walks."""
        self._tails = [] if walk.outside else [(START, "", 0)]
        self._asked, closing = [], False
        forks: list[tuple[str, list[Tail]]] = []
        for one in _calls(walk):
            if isinstance(one, Mark):
                if not walk.outside:
                    self._mark(one, forks)
                continue
            ends = one[0].site.section != "path"
            if ends and not closing:
                self._end(walk)
                closing = True
            if ends or not walk.outside:
                self._call(one, walk)
        if not closing:
            self._end(walk)

    def _call(self, steps: list[Taken], walk: Walk) -> None:
        first, last = steps[0], steps[-1]
        for step in steps:
            self._asked.extend(step.passed)
        if first.step.method in _SILENT:
            return
        id = self._id((first.site, first.asked))
        node = self._nodes.get(id) or node_of(id, first)
        self._nodes[id] = met(node, steps, self._subjects)
        self._to(id)
        self._tails = [(id, last.caption, last.way)]

    def _mark(self, mark: Mark, forks: list[tuple[str, list[Tail]]]) -> None:
        if mark.kind == "together":
            id = self._plain("together", mark.site)
            self._to(id)
            forks.append((id, []))
        elif mark.kind == "branch":
            fork, open_ends = forks[-1]
            if self._tails != [(fork, "", 0)]:
                open_ends += self._tails
            self._tails = [(fork, mark.branch, len(open_ends))]
        else:
            _, open_ends = forks.pop()
            self._tails = [*open_ends, *self._tails]
            id = self._plain("joined", mark.site)
            self._to(id)

    def _plain(self, kind: Kind, site: Site) -> str:
        id = self._id((site, kind))
        place = str(site.places[-1]) if site.places else ""
        self._nodes.setdefault(id, Node(id, kind, kind, place=place))
        return id

    def _end(self, walk: Walk) -> None:
        self._asked.extend(walk.passed)
        if walk.ended == "round":
            self._to(START, "next round")
        if walk.outcome is None:
            return
        if walk.outside:
            self._nodes.setdefault(OUTSIDE, Node(OUTSIDE, "outside", OUTSIDE, who="contact"))
            converted = walk.outcome == "converted"
            ways = self._goals if converted else [_OUTSIDE_WAYS.get(walk.outcome) or walk.outcome]
            self._tails, self._asked = [(OUTSIDE, way, number) for number, way in enumerate(ways)], []
        id = f"to:{walk.to}" if walk.to else f"end:{walk.outcome}"
        kind: Kind = "hand_over" if walk.to else "end"
        self._nodes.setdefault(id, Node(id, kind, kind, labels=(walk.to or walk.outcome,)))
        self._to(id)

    def _to(self, id: str, way: str = "") -> None:
        """Leads all that is open to a node."""
        asked = turns(self._asked)
        for source, caption, number in self._tails:
            passage = self._passages.setdefault((source, id), Passage())
            told = way or caption
            passage.ways.setdefault(told, number)
            common = passage.asked.setdefault(told, set(asked))
            common &= set(asked)
        self._asked = []
        self._tails = [(id, "", 0)]

    def _id(self, what: object) -> str:
        return self._ids.setdefault(what, f"n{len(self._ids) + 1}")

    def edges(self) -> Iterator[Edge]:
        order = {id: number for number, id in enumerate(self._nodes)}
        back = back_edges(START, sorted(self._passages, key=lambda one: (order[one[0]], order[one[1]])))
        for (source, target), passage in sorted(
            self._passages.items(), key=lambda one: (order[one[0][0]], order[one[0][1]])
        ):
            rivals = [
                other for (start, end), other in self._passages.items() if start == source and end != target
            ]
            ways = sorted(passage.ways, key=lambda way: (passage.ways[way], way))
            yield Edge(
                source,
                target,
                tuple(way for way in ways if way),
                in_words(own_conditions(passage, rivals)),
                again=(source, target) in back,
            )

    def finished(self) -> tuple[Node, ...]:
        """The nodes, with those from which nothing leads on, or only one way of several, marked as dead ends."""
        leading = {source for source, _ in self._passages}
        nodes = []
        for node in self._nodes.values():
            stuck = (
                node.section == "path" and node.kind not in ("end", "hand_over") and node.id not in leading
            )
            void = node.kind == "wait" and node.method == "wait_for" and not node.events
            why = "nothing follows" if stuck else "nothing can end this wait but its time" if void else ""
            nodes.append(replace(node, dead=why))
        return tuple(nodes)


def _calls(walk: Walk) -> Iterator[list[Taken] | Mark]:
    """The steps by call of the toolkit, in order. A hand-over is no step but an end."""
    for _, group in groupby(walk.trail, key=_call_of):
        steps = list(group)
        if isinstance(steps[0], Mark):
            yield steps[0]
        elif steps[0].asked != "hand_over":
            yield [step for step in steps if isinstance(step, Taken)]


def _call_of(one: Taken | Mark) -> object:
    """`x in (5, 6)` is several comparisons, and one."""
    if isinstance(one, Mark):
        return id(one)
    return one.site if one.step.method == "compare" else one.call
