"""What the walks of a path did not come to."""

from collections import defaultdict
from itertools import pairwise
from types import CodeType, FunctionType

from workflows.analysis.exploration import Exploration, Site, Uncovered
from workflows.analysis.explore_arcs import Arcs
from workflows.analysis.explore_sites import is_author, shown
from workflows.analysis.explore_source import Side, source
from workflows.kit.steps import Misuse


class Coverage:
    """Compares the arcs seen with the branches of the class, and of each function that it reaches."""

    def __init__(self, cls: type, arcs: Arcs) -> None:
        self._arcs = arcs
        self._methods = [code for code in _methods(cls) if is_author(code.co_filename)]
        self._known: set[CodeType] = set()
        self._open: list[tuple[CodeType, Side]] = []

    def whole(self) -> bool:
        """Whether every branch that is known of has been reached."""
        for code in self._arcs.seen.keys() - self._known:
            self._known.add(code)
            sides = source(code.co_filename).sides(code.co_firstlineno)
            self._open += [(code, side) for side in sides if not code.co_name.startswith("<")]
        self._open = [(code, side) for code, side in self._open if not side.taken(self._arcs.seen[code])]
        return not self._open and not self._unused()

    def uncovered(self) -> tuple[Uncovered, ...]:
        self.whole()
        left = [
            Uncovered(shown(code.co_filename), side.line, code.co_name, side.what)
            for code, side in self._open
        ]
        left += [
            Uncovered(shown(code.co_filename), code.co_firstlineno, code.co_name, "was called in no walk")
            for code in self._unused()
        ]
        return tuple(sorted(left, key=lambda one: (one.file, one.line, one.what)))

    def _unused(self) -> list[CodeType]:
        return [code for code in self._methods if code not in self._arcs.seen]


def _methods(cls: type) -> list[CodeType]:
    """The code of the functions in a class's body, properties among them."""
    members = [member.fget if isinstance(member, property) else member for member in vars(cls).values()]
    return [member.__code__ for member in members if isinstance(member, FunctionType)]


def forbid_endless(found: Exploration) -> None:
    """Raises Misuse when walks came to a call from which none came to an end."""
    before: defaultdict[Site, set[Site]] = defaultdict(set)
    ends: set[Site] = set()
    for walk in found.walks:
        sites = [step.site for step in walk.steps]
        for earlier, later in pairwise(sites):
            before[later].add(earlier)
        if walk.ended != "unfinished" and not walk.outside:
            ends.update(sites[-1:])
    todo = list(ends)
    while todo:
        new = before[todo.pop()] - ends
        ends |= new
        todo += new
    for walk in found.walks:
        if walk.ended == "unfinished" and walk.steps[-1].site not in ends:
            raise Misuse(
                f"{found.name} never ends: after {len(walk.steps)} steps it is at {walk.steps[-1].key}, and no way "
                "leads out of there"
            )
