"""What the path does with data that only a run knows."""

import ast
from collections.abc import Iterator

from workflows.analysis.checks.answers import Answer, answer_of, held
from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.subject import Subject
from workflows.kit.events import EventType

_OPAQUE = {"split", "ask", "call", "random", "wait_for"}
"""Steps whose answers are texts and numbers; others answer yes or no, handles, times, or what branches return."""

_CONVERTERS = {
    *(
        "int",
        "float",
        "complex",
        "bytes",
        "len",
        "list",
        "tuple",
        "set",
        "sorted",
        "sum",
        "round",
        "abs",
        "min",
        "max",
    ),
    *("iter", "enumerate", "reversed", "dict"),
}
_TAKES_APART = {
    *(
        "split",
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "casefold",
        "title",
        "startswith",
        "endswith",
        "partition",
    ),
    *(
        "replace",
        "removeprefix",
        "removesuffix",
        "isdigit",
        "find",
        "index",
        "count",
        "join",
        "format",
        "encode",
    ),
}
_FIELDS = {f"workflows.kit.{name}" for name in ("attribute", "score", "stage", "locale")}


def _converted(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        known = held(code)
        for node in code.nodes:
            what = _conversion(code, node, known)
            if what:
                yield Found(code.spot(node), f"`{code.name}` {what}")


def _conversion(code: Code, node: ast.AST, known: dict[str, Answer]) -> str | None:
    def is_data(one: ast.AST) -> bool:
        if isinstance(one, ast.Attribute) and one.attr == "at":
            return False  # times may be calculated with
        answer = answer_of(code, one, known)
        return answer is not None and answer.method in _OPAQUE

    match node:
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _CONVERTERS and is_data(first):
            return f"converts a step's answer: `{ast.unparse(node)}`"
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _TAKES_APART and is_data(
            value
        ):
            return f"takes a step's answer apart: `{ast.unparse(node)}`"
        case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated) | ast.comprehension(iter=iterated):
            return f"goes through a step's answer: `{ast.unparse(iterated)}`" if is_data(iterated) else None
        case ast.Subscript(value=value) if is_data(value):
            return f"takes a step's answer apart: `{ast.unparse(node)}`"
        case ast.BinOp(left=left, right=right) if is_data(left) or is_data(right):
            return f"calculates with a step's answer: `{ast.unparse(node)}`"
    return None


def _rules(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for node in code.nodes:
            for tested in _tested(node):
                what = _beside_the_database(code, tested)
                if what:
                    yield Found(
                        code.spot(tested), f"`{ast.unparse(tested)}` in `{code.name}` is {what[0]}", what[1]
                    )


def _tested(node: ast.AST) -> list[ast.expr]:
    """What must be true or false at once."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return [test]
        case ast.BoolOp(values=values):
            return values
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
        case ast.Match(subject=matched):
            return [matched]
        case ast.Call(func=ast.Name(id="bool" | "str" | "int"), args=[one]):
            return [one]
    return []


def _beside_the_database(code: Code, node: ast.expr) -> tuple[str, str] | None:
    match node:
        case ast.Compare(left=left, comparators=others):
            return next((found for one in (left, *others) if (found := _field(code, one))), None)
        case ast.Call(func=ast.Attribute(value=value, attr="is_in" | "is_set")):
            return _field(code, value)
        case ast.BinOp(op=ast.BitAnd(), left=left, right=right):
            return _beside_the_database(code, left) or _beside_the_database(code, right)
    return _field(code, node)


def _field(code: Code, node: ast.expr) -> tuple[str, str] | None:
    """Something known of the contact, or a property of an event: which, and what to write instead."""
    name = code.dotted(node.func if isinstance(node, ast.Call) else node)
    if name in _FIELDS:
        return (
            "known in the database alone",
            "Write `await self.matches(…)` around it, and join rules with `&`.",
        )
    if isinstance(node, ast.Attribute) and isinstance(code.means(node.value), EventType):
        return (
            "a condition, which no run can decide",
            "Give it to the wait: `self.wait_for(…, where=…)`; join with `&`.",
        )
    return None


DATA_CONVERTED = Check(
    id="data-converted",
    severity="error",
    meaning="A step's answer is converted, calculated with or gone through.",
    why="What the path then does cannot be foreseen: maps, previews and the fit of new code would be wrong.",
    remedy="Compare it as it is, and declare what it may be: `answers=`, `results=`, or a condition in `where=`.",
    look=_converted,
)
RULE_OUTSIDE_MATCHES = Check(
    id="rule-outside-matches",
    severity="error",
    meaning="An attribute of the contact, or a property of an event, is tested in the path itself.",
    why="Personal data stays in the database and out of histories: the path knows only whether a rule holds.",
    remedy="Write `await self.matches(…)` around it, and join rules with `&`.",
    look=_rules,
)
CHECKS = (DATA_CONVERTED, RULE_OUTSIDE_MATCHES)
