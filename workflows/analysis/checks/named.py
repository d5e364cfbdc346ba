"""Steps that the code names, for paths that could not be walked: those whose arguments the source alone tells."""

import ast
import operator
from collections.abc import Callable, Iterator, Sequence
from inspect import getattr_static, iscoroutinefunction
from types import FunctionType
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from workflows.analysis.checks.code import UNKNOWN, Code
from workflows.analysis.exploration import Place, Site, Taken
from workflows.analysis.explore_sites import shown
from workflows.kit.comparisons import Comparable
from workflows.kit.events import EventType
from workflows.kit.steps import Step, Wait
from workflows.kit.workflow import MarketingWorkflow

_CALCULATED: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.BitAnd: operator.and_,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


class Unknown(Exception):
    """Only a run knows this."""


def named(cls: type[MarketingWorkflow], params: type[BaseModel], codes: Sequence[Code]) -> Iterator[Taken]:
    """The first step of each call of the toolkit whose arguments are known, in the order of the code."""
    defaults = _defaults(params)
    for number, (code, call, method) in enumerate(_calls(cls, codes)):
        step = _step(cls, code, call, method, defaults)
        if step:
            place = Place(shown(code.file.path), code.name, call.lineno, call.col_offset)
            lasts = step.within if isinstance(step, Wait) else None
            key = f"{step.method}:{step.label}"
            yield Taken(key, step, Site((place,)), method, number, 0, 1, None, "", lasts)


def _calls(cls: type, codes: Sequence[Code]) -> Iterator[tuple[Code, ast.Call, str]]:
    for code in codes:
        for node in code.nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=me), attr=method)) if me in code.me:
                    found = getattr_static(cls, method, None)
                    if iscoroutinefunction(found) and found.__module__.startswith("workflows.kit."):
                        yield code, node, method


def _defaults(params: type[BaseModel]) -> BaseModel | None:
    try:
        return params()
    except ValidationError:
        return None


def _step(
    cls: type[MarketingWorkflow], code: Code, call: ast.Call, method: str, defaults: BaseModel | None
) -> Step[Any] | None:
    """What the toolkit's method asks of its runtime first."""
    workflow = cls.__new__(cls)
    workflow._runtime = _Recorder()
    try:
        given = [value(code, argument, defaults) for argument in call.args]
        named = {str(one.arg): value(code, one.value, defaults) for one in call.keywords if one.arg}
        getattr(workflow, method)(*given, **named).send(None)
    except _Asked as asked:
        return asked.step
    except Exception:  # whatever the arguments make of it: what is wrong with the call, other checks say
        return None
    return None


class _Asked(Exception):
    def __init__(self, step: Step[Any]) -> None:
        self.step = step


class _Recorder:
    """Takes down the step that it is asked for, and does nothing."""

    async def perform(self, step: Step[Any]) -> NoReturn:
        raise _Asked(step)

    def now(self) -> NoReturn:
        raise Unknown

    async def together(self, branches: Any) -> NoReturn:
        raise Unknown

    def log(self, text: str) -> None:
        """Nobody reads it."""


def value(code: Code, node: ast.expr, params: BaseModel | None) -> Any:
    """What an expression stands for, made of literals, names of the module, parameters' defaults and the toolkit's
    words. Raises Unknown for all else; nothing of the author's is called."""
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Tuple(elts=several):
            return tuple(value(code, one, params) for one in several)
        case ast.List(elts=several):
            return [value(code, one, params) for one in several]
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {
                value(code, key, params): value(code, one, params)
                for key, one in zip(keys, values, strict=True)
                if key
            }
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(code, operand, params)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _CALCULATED:
            return _CALCULATED[type(op)](value(code, left, params), value(code, right, params))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
            return _COMPARED[type(op)](value(code, left, params), value(code, right, params))
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=me), attr="params"), attr=field) if (
            me in code.me and hasattr(params, field)
        ):
            return getattr(params, field)
        case ast.Call(func=function, args=args, keywords=keywords):
            given = [value(code, one, params) for one in args]
            return _callable(code, function, params)(
                *given, **{str(one.arg): value(code, one.value, params) for one in keywords}
            )
    return _named(code, node, params)


def _callable(code: Code, function: ast.expr, params: BaseModel | None) -> Callable[..., Any]:
    """A function of the toolkit, such as `days`, or a question such as `.is_in`."""
    meant = code.means(function)
    if isinstance(meant, FunctionType) and meant.__module__.startswith("workflows.kit."):
        return meant
    match function:
        case ast.Attribute(value=compared, attr="is_in" | "is_set" as question):
            thing = value(code, compared, params)
            if isinstance(thing, Comparable):
                asked: Callable[..., Any] = getattr(thing, question)
                return asked
    raise Unknown


def _named(code: Code, node: ast.expr, params: BaseModel | None) -> Any:
    meant = code.means(node)
    if meant is UNKNOWN and isinstance(node, ast.Attribute):
        owner = value(code, node.value, params)
        if isinstance(owner, EventType):
            return getattr(owner, node.attr)
    if meant is UNKNOWN:
        raise Unknown
    return meant
