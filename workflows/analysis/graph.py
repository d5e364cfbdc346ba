"""A workflow as a graph: what is done, waited for and decided, by whom, what follows on what, and where it ends."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "start",
    "effect",
    "wait",
    "question",
    "decision",
    "person",
    "together",
    "joined",
    "hand_over",
    "outside",
    "end",
]


@dataclass(frozen=True)
class Node:
    """A call of the toolkit in the code, or a start, an end, a fork or a join.

    `labels` and `keys` are all that the call is met with; `details` what it is asked with, such as points or arms;
    `subjects` the subject lines of its mails, one for each label, empty where none is known.
    `durations` are in seconds, each at most. `who` acts: `contact`, `system`, or a role of the team. `group` names the
    helper methods that lead here, `section` the part of the run: `path`, `end` (`@on_end`) or `undo`.
    """

    id: str
    kind: Kind
    method: str
    labels: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    durations: tuple[float, ...] = ()
    events: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    who: str = "system"
    place: str = ""
    group: tuple[str, ...] = ()
    section: str = "path"
    dead: str = ""

    @property
    def title(self) -> str:
        return self.labels[0] if self.labels else self.method


@dataclass(frozen=True)
class Edge:
    """`ways` are those of the step before, `conditions` what the code asks of its own state on this way
    alone, in words.

    `again` is an edge back, in a loop or to the next round.
    """

    source: str
    target: str
    ways: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True)
class Case:
    """One way through a workflow, by the steps that could have ended otherwise. All cases together take every edge."""

    outcome: str
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Graph:
    """`messages` and `days` are the most that was seen in one walk; `endless` tells that there may be more,
    `dated` that there are waits for dates, which `days` leaves out.

    `branches` of the code that no walk reached are in none of the nodes.
    """

    name: str
    slug: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    outcomes: tuple[str, ...]
    hand_overs: tuple[str, ...]
    dead_ends: tuple[str, ...]
    messages: int
    days: float
    endless: bool
    dated: bool
    cases: tuple[Case, ...]
    unreached: tuple[str, ...]

    def node(self, id: str) -> Node:
        return next(node for node in self.nodes if node.id == id)

    def after(self, id: str) -> list[Edge]:
        return [edge for edge in self.edges if edge.source == id]
