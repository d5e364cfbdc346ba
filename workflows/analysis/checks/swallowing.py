"""Code that keeps an end from passing through."""

import ast
from collections.abc import Iterator

from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.subject import Subject

_ENDS = {"BaseException", "BaseExceptionGroup", "Ended", "NextRound", "CancelledError", "GeneratorExit"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _swallows(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for node in code.nodes:
            match node:
                case ast.ExceptHandler() if _catches(node.type) and not _passes_on(node):
                    caught = f"except {ast.unparse(node.type)}" if node.type else "a bare except"
                    yield Found(
                        code.spot(node), f"`{code.name}` has {caught}, which catches the end of the run too"
                    )
                case ast.Call(func=function, args=caught) if code.dotted(function) == "contextlib.suppress":
                    if any(map(_catches, caught)):
                        yield Found(code.spot(node), f"`{code.name}` suppresses the end of the run too")


def _catches(kind: ast.expr | None) -> bool:
    match kind:
        case None:
            return True
        case ast.Tuple(elts=several):
            return any(map(_catches, several))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _ENDS
    return False


def _passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether it does nothing but look, and raises again."""
    last = handler.body[-1]
    raises = isinstance(last, ast.Raise) and (last.exc is None or _is_name(last.exc, handler.name))
    return raises and not any(
        isinstance(one, ast.Await | ast.Return | ast.Break | ast.Continue) for one in ast.walk(handler)
    )


def _is_name(node: ast.expr, name: str | None) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _finally(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for node in code.nodes:
            if isinstance(node, ast.Try) and node.finalbody and _awaits(node):
                yield Found(code.spot(node.finalbody[0]), f"`{code.name}` has a `finally` around an await")


def _awaits(node: ast.AST) -> bool:
    return any(
        isinstance(child, ast.Await) or (not isinstance(child, _FUNCTIONS) and _awaits(child))
        for child in ast.iter_child_nodes(node)
    )


def _context(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for node in code.nodes:
            if isinstance(node, ast.AsyncWith | ast.AsyncFor):
                word = "with" if isinstance(node, ast.AsyncWith) else "for"
                yield Found(code.spot(node), f"`{code.name}` has an `async {word}`, which awaits by itself")


SWALLOWS_ENDS = Check(
    id="swallows-ends",
    severity="error",
    meaning="An `except` catches the end of the run: bare, or with `BaseException`.",
    why="Goals, exits and unsubscribes end the path by an exception: caught, it goes on mailing people who left.",
    remedy="Catch `StepFailed`, which is what a step that failed for good raises; or `Exception`.",
    look=_swallows,
)
FINALLY_AROUND_AWAIT = Check(
    id="finally-around-await",
    severity="error",
    meaning="A `finally` stands around an await.",
    why="It also runs when the run is moved or dropped from memory, in the midst of a wait that goes on elsewhere.",
    remedy="Move what must always happen into an `@on_end` method, or declare it with `compensate_with`.",
    look=_finally,
)
ASYNC_BLOCK = Check(
    id="async-block",
    severity="error",
    meaning="The path has an `async with` or an `async for`.",
    why="It awaits what is no step: nothing records it, and what closes it runs whenever the run is moved.",
    remedy="Ask for steps one by one; what opens and closes something belongs into an activity: `self.call(…)`.",
    look=_context,
    spoils=True,
)
CHECKS = (SWALLOWS_ENDS, FINALLY_AROUND_AWAIT, ASYNC_BLOCK)
