"""What a path reaches for behind the toolkit's back: clock, chance, the world, threads of its own."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.forbidden import Kind, forbidden
from workflows.analysis.checks.subject import Subject


def _looks_for(kind: Kind) -> Callable[[Subject], Iterator[Found]]:
    def look(subject: Subject) -> Iterator[Found]:
        for code in subject.codes:
            for node in code.nodes:
                name = code.dotted(node) if isinstance(node, ast.Name | ast.Attribute) else None
                if name is None or isinstance(code.parents.get(node), ast.Attribute):
                    continue
                found = forbidden(name)
                if found and found.kind == kind:
                    where = f"`{code.name}`" if code.name else "The file"
                    told = name.removeprefix("builtins.")
                    yield Found(code.spot(node), f"{where} uses `{told}`", found.remedy)

    return look


def _unordered(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for node in code.nodes:
            gone_through = _gone_through(code, node)
            if gone_through is not None and _is_unordered(code, gone_through):
                yield Found(
                    code.spot(node), f"`{code.name}` goes through a set: `{ast.unparse(gone_through)}`"
                )


def _gone_through(code: Code, node: ast.AST) -> ast.expr | None:
    """Where the order matters."""
    match node:
        case ast.For(iter=iterated):
            return iterated
        case ast.ListComp() | ast.GeneratorExp() | ast.DictComp() if not _is_ordered_again(code, node):
            return node.generators[0].iter
        case ast.Call(func=ast.Name(id="list" | "tuple" | "iter" | "enumerate"), args=[iterated]):
            return iterated
    return None


def _is_unordered(code: Code, node: ast.expr) -> bool:
    match node:
        case ast.Set(elts=several):
            return not all(isinstance(one, ast.Constant) and isinstance(one.value, int) for one in several)
        case ast.SetComp():
            return True
        case ast.Call(func=function):
            return code.dotted(function) in ("builtins.set", "builtins.frozenset")
        case ast.Name(id=name) if name in code.bound:
            return any(_is_unordered(code, value) for value in _values(code, name))
    meant: Any = code.means(node)
    return isinstance(meant, set | frozenset) and not all(isinstance(one, int) for one in meant)


def _values(code: Code, name: str) -> Iterator[ast.expr]:
    """What a local name is assigned, other names left out."""
    for node in code.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                if not isinstance(value, ast.Name):
                    yield value


def _is_ordered_again(code: Code, node: ast.AST) -> bool:
    match code.parents.get(node):
        case ast.Call(func=ast.Name(id=name)):
            return name in ("sorted", "set", "frozenset", "all", "any", "sum", "min", "max", "len")
    return False


CLOCK = Check(
    id="clock",
    severity="error",
    meaning="The machine's clock is read, or waited for.",
    why="A path is replayed: the clock then tells another time than before, and the run breaks.",
    remedy="Write `await self.now()`, which is recorded; compare it, or add `days(…)` to it.",
    look=_looks_for("clock"),
)
RANDOMNESS = Check(
    id="randomness",
    severity="error",
    meaning="Chance decides outside of the toolkit.",
    why="A path is replayed: chance then decides otherwise than before, and the run breaks.",
    remedy='Write `await self.random("a label")`, or `await self.split("a name", {"a": 50, "b": 50})`.',
    look=_looks_for("randomness"),
)
OUTSIDE_WORLD = Check(
    id="outside-world",
    severity="error",
    meaning="Files, network, processes, environment or output are used in the path.",
    why="A path is replayed, and runs on any machine: it would be done again and again, with other answers each time.",
    remedy="Put it into an activity of your own and ask for it with `await self.call(…)`.",
    look=_looks_for("outside-world"),
    spoils=True,
)
OWN_CONCURRENCY = Check(
    id="own-concurrency",
    severity="error",
    meaning="Tasks, threads or Temporal's SDK are used beside the toolkit.",
    why="Nothing records what they do, and goals, exits and pauses do not reach it.",
    remedy="Use the toolkit's waits, and `self.together(…)` for what runs side by side.",
    look=_looks_for("own-concurrency"),
    spoils=True,
)
SET_ORDER = Check(
    id="set-order",
    severity="error",
    meaning="The path goes through a set.",
    why="The order of texts in a set is another in each process: a replay meets the steps in another order.",
    remedy="Use a tuple or a list, or `sorted(…)`.",
    look=_unordered,
)
CHECKS = (CLOCK, RANDOMNESS, OUTSIDE_WORLD, OWN_CONCURRENCY, SET_ORDER)
