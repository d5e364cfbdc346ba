"""Calls of the toolkit that it refuses, and what the path reads of `self` that is not there: each with its remedy."""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

from workflows.analysis.checks.code import UNKNOWN, Code
from workflows.analysis.checks.finding import Found
from workflows.analysis.checks.subject import Subject
from workflows.analysis.explore_sites import is_author
from workflows.kit.events import EventType, declared

_ITS_OWN = {"params", "enrollment"}
_CONTACT = {"contact", "attributes", "attribute", "subject", "lead", "customer", "person", "profile", "user"}
_PARTS = {*_CONTACT, "get"}
"""What stands between `self` and the name of what is known of a contact."""


def misused(subject: Subject) -> Iterator[Found]:
    """What stands in the source, whether or not a walk comes to it."""
    for code in subject.functions:
        for call, method in subject.calls(code):
            if subject.is_toolkit(method):
                yield from _forgotten(subject, code, call, method)
                yield from _texts(code, call, method)
        yield from _unknown(subject, code)


def _forgotten(subject: Subject, code: Code, call: ast.Call, method: str) -> Iterator[Found]:
    """Arguments that a call must have and has not."""
    function = inspect.getattr_static(subject.cls, method)
    if any(isinstance(one, ast.Starred) for one in call.args) or any(
        one.arg is None for one in call.keywords
    ):
        return
    signature = inspect.signature(function)
    given = signature.bind_partial  # raises where a name is not known, or one is given twice
    try:
        bound = given(None, *call.args, **{str(one.arg): one.value for one in call.keywords})
    except TypeError as error:
        yield Found(code.spot(call), f"`{method}` in `{code.name}`: {error}", _usage(method, function))
        return
    missing = [
        name
        for name, parameter in signature.parameters.items()
        if name not in bound.arguments
        and parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if missing:
        remedy = _within(call, method) if missing == ["within"] else _usage(method, function)
        what = f"`{method}` in `{code.name}` is not given {' and '.join(f'`{name}`' for name in missing)}"
        yield Found(code.spot(call), what, remedy)


def _within(call: ast.Call, method: str) -> str:
    given = ", ".join(ast.unparse(one) for one in [*call.args, *call.keywords])
    return f"Say how long it waits at most: `await self.{method}({given}, within=days(3))`."


def _usage(method: str, function: Callable[..., Any]) -> str:
    """The call with all that it must be given."""
    names = [
        f"{name}=…" if parameter.kind is parameter.KEYWORD_ONLY else name
        for name, parameter in list(inspect.signature(function).parameters.items())[1:]
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    awaited = "await " if inspect.iscoroutinefunction(function) else ""
    return f"Write `{awaited}self.{method}({', '.join(names)})`."


def _texts(code: Code, call: ast.Call, method: str) -> Iterator[Found]:
    """Events that are given by name."""
    for one in call.args if method == "wait_for" else ():
        text = one.value if isinstance(one, ast.Constant) else code.means(one)
        if text is not UNKNOWN and isinstance(text, str):
            yield Found(
                code.spot(one),
                f"`wait_for` in `{code.name}` is given the text `{text}`, not an event",
                _event(text),
            )


def _event(name: str) -> str:
    event = declared().get(name)
    where = _variable(event) if event else None
    if where:
        module, variable = where
        return f"Give the event itself: `{variable}`, by `from {module} import {variable}`."
    words = "".join(word.capitalize() for word in name.replace("_", ".").split("."))
    return (
        f'Declare it in the file `events.py` of the package, `{words} = event("{name}")`, and give `{words}`.'
    )


def _variable(event: EventType) -> tuple[str, str] | None:
    """The module that declares an event, and its name there."""
    for module in list(sys.modules.values()):
        if is_author(getattr(module, "__file__", None) or "<none>"):
            for variable, value in vars(module).items():
                if value is event and module.__name__.endswith("events"):
                    return module.__name__, variable
    return None


def _unknown(subject: Subject, code: Code) -> Iterator[Found]:
    """What the path reads of the workflow that nobody gave it. What it keeps there itself, `state-on-self` tells."""
    kept = {
        node.attr
        for other in subject.functions
        for node in other.nodes
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    }
    for node in code.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=me), attr=name, ctx=ast.Load()) if me in code.me:
                if name not in _ITS_OWN | kept and not hasattr(subject.cls, name):
                    chain = _chain(code, node)
                    yield Found(
                        code.spot(node),
                        f"`{code.name}` reads `{ast.unparse(chain)}`, which is not there",
                        _remedy(chain, name),
                    )
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=me), attr="enrollment"), attr=name) if (
                me in code.me and name in _CONTACT
            ):
                chain = _chain(code, node)
                yield Found(
                    code.spot(node),
                    f"`{code.name}` reads `{ast.unparse(chain)}`, which is not there",
                    _remedy(chain, name),
                )


def _chain(code: Code, node: ast.expr) -> ast.expr:
    """All that is read from there: `self.contact.attributes["plan"]`."""
    while True:
        match code.parents.get(node):
            case ast.Attribute() | ast.Subscript() as outer if outer.value is node:
                node = outer
            case ast.Call(func=function) as outer if function is node:
                node = outer
            case _:
                return node


def _remedy(chain: ast.expr, name: str) -> str:
    if name in _CONTACT or name.startswith("get_"):
        return (
            f'Ask for it: `await self.matches(attribute("{_attribute(chain) or "plan"}") == …)`. What is known of a '
            "contact stays in the database; the path learns the answer alone."
        )
    return "Hand it to the method as an argument, or make it a field of the workflow's Parameters: `self.params.…`."


def _attribute(chain: ast.expr) -> str | None:
    """The attribute that is meant."""
    found: list[str] = []
    for node in ast.walk(chain):
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Attribute(attr=name) if name not in _PARTS | {"enrollment"}:
                found.append(name)
    return found[0] if found else None
