"""Conditions of waits as they stand in the source: read once, the same for every run with the same parameters."""

import ast
import json
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from pydantic import ValidationError

from activities.catalogue import Conditions
from activities.conditions import EventCondition
from workflows.analysis.checks.code import UNKNOWN, Code
from workflows.kit.declaration import Parameters
from workflows.kit.events import EventType

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

Value = Callable[[Parameters], Any]
"""What an expression gives under the parameters of a run."""


class Unreadable(Exception):
    """A part of the source that only a run knows the meaning of."""

    def __init__(self, node: ast.AST) -> None:
        super().__init__(ast.unparse(node))


@dataclass(frozen=True)
class Where:
    """A condition on the properties of one event. `under` makes it as the path does, and raises what that raises."""

    event: str
    under: Callable[[Parameters], EventCondition]


def conditions_of(model: type[Parameters], wheres: Sequence[Where]) -> Conditions:
    """The conditions of a workflow's waits, by the parameters of a run."""
    if not wheres:
        return lambda _params: ()

    @lru_cache(maxsize=256)
    def under(params: str) -> tuple[EventCondition, ...]:
        try:
            given = model.model_validate(json.loads(params))
        except ValidationError:  # the run has parked
            return ()
        return tuple(_under(wheres, given))

    return lambda params: under(json.dumps(params, sort_keys=True))


def _under(wheres: Sequence[Where], params: Parameters) -> Iterator[EventCondition]:
    for where in wheres:
        with suppress(TypeError, AttributeError):  # the path raises it too when it comes there, and parks
            yield where.under(params)


def read_where(code: Code, node: ast.expr) -> Where:
    """Raises Unreadable where there is more than comparisons of properties with literals, constants of the module and
    `self.params.<name>`, joined by `&`."""
    match node:
        case ast.BinOp(left=first, op=ast.BitAnd(), right=second):
            one, other = read_where(code, first), read_where(code, second)
            return Where(one.event, lambda params: one.under(params) & other.under(params))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _comparison(code, left, _COMPARISONS[type(op)], right)
        case ast.Call(func=ast.Attribute(value=tested, attr="is_in" | "is_set" as test), keywords=[]):
            return _test(code, tested, test, node.args)
    constant = code.means(node)
    if isinstance(constant, EventCondition):
        return Where(constant.event, lambda _params: constant)
    raise Unreadable(node)


def _comparison(code: Code, left: ast.expr, compare: Callable[[Any, Any], Any], right: ast.expr) -> Where:
    event = _event(code, left) or _event(code, right)
    if event is None:
        raise Unreadable(left)
    first, second = _value(code, left), _value(code, right)
    return Where(event.name, lambda params: compare(first(params), second(params)))


def _test(code: Code, tested: ast.expr, test: str, given: list[ast.expr]) -> Where:
    event = _event(code, tested)
    if event is None:
        raise Unreadable(tested)
    among = _several(code, given)
    on = _value(code, tested)
    return Where(event.name, lambda params: getattr(on(params), test)(*among(params)))


def _event(code: Code, node: ast.expr) -> EventType | None:
    """The event of which this is a property."""
    meant = code.means(node.value) if isinstance(node, ast.Attribute) else None
    return meant if isinstance(meant, EventType) else None


def _value(code: Code, node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=literal):
            return lambda _params: literal
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return lambda _params: -number
        case ast.Tuple(elts=given) | ast.List(elts=given):
            return _several(code, given)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=me), attr="params"), attr=field):
            if me in code.me:
                return attrgetter(field)
        case ast.Attribute(attr=name) if event := _event(code, node):
            return lambda _params: getattr(event, name)
    constant = code.means(node)
    if constant is UNKNOWN:
        raise Unreadable(node)
    return lambda _params: constant


def _several(code: Code, given: list[ast.expr]) -> Value:
    starred = [isinstance(one, ast.Starred) for one in given]
    values = [_value(code, one.value if isinstance(one, ast.Starred) else one) for one in given]

    def under(params: Parameters) -> list[Any]:
        several: list[Any] = []
        for value, is_starred in zip(values, starred, strict=True):
            several += value(params) if is_starred else [value(params)]
        return several

    return under
