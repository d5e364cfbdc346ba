"""What is awaited though it is no step, and steps that are not awaited."""

import ast
from collections.abc import Iterator
from types import FunctionType

from workflows.analysis.checks.code import UNKNOWN, Code
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.forbidden import forbidden
from workflows.analysis.checks.subject import Subject, called
from workflows.analysis.explore_sites import is_author


def _awaits_no_step(subject: Subject) -> Iterator[Found]:
    own = {code.name for code in subject.functions}
    for code in subject.functions:
        for node in code.nodes:
            match node:
                case ast.Await(value=ast.Call(func=function) as call) if not _is_step(
                    subject, code, call, own
                ):
                    text = ast.unparse(function)
                    yield Found(code.spot(node), f"`{code.name}` awaits `{text}(…)`, which is no step")


def _is_step(subject: Subject, code: Code, call: ast.Call, own: set[str]) -> bool:
    """Also when it cannot be known; the walks show the rest."""
    method = called(code, call)
    if method is not None:
        return not (method.startswith("_") and subject.is_toolkit(method))
    match call.func:
        case ast.Name():
            meant = code.means(call.func)
            return meant is UNKNOWN or (
                isinstance(meant, FunctionType) and is_author(meant.__code__.co_filename)
            )
        case ast.Attribute(attr=attribute):
            name = code.dotted(call.func)
            is_other_check = name is not None and forbidden(name) is not None
            return (
                is_other_check
                or attribute in own
                or subject.is_asynchronous(attribute)
                or _is_super(call.func.value)
            )
    return True


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _not_awaited(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for call, method in subject.calls(code):
            if subject.is_asynchronous(method) and _is_used_up(code, call):
                yield Found(
                    code.spot(call),
                    f"`self.{method}(…)` in `{code.name}` is not awaited, so it never happens",
                )


def _is_used_up(code: Code, call: ast.Call) -> bool:
    """Whether the coroutine itself is used where its answer is meant. Handed on, it may be awaited later."""
    match code.parents.get(call):
        case ast.Expr() | ast.UnaryOp() | ast.BoolOp() | ast.Compare() | ast.FormattedValue():
            return True
        case ast.Attribute() | ast.Subscript() | ast.Match():
            return True
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return test is call
    return False


AWAITS_NO_STEP = Check(
    id="awaits-no-step",
    severity="error",
    meaning="The path awaits something that is no step of the toolkit.",
    why="Nothing records it, so a replay does it again or waits for ever; it can be neither drawn nor previewed.",
    remedy="Put it into an activity of your own and ask for it with `await self.call(…)`.",
    look=_awaits_no_step,
    spoils=True,
)
NOT_AWAITED = Check(
    id="not-awaited",
    severity="error",
    meaning="A step is asked for without `await`.",
    why="Python makes the call and throws it away: nothing is sent, and a test of it is always true.",
    remedy="Write `await` before it, or hand it to `self.together(…)`.",
    look=_not_awaited,
    spoils=True,
)
CHECKS = (AWAITS_NO_STEP, NOT_AWAITED)
