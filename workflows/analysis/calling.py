"""What a path calls and starts by a name in its source: the authors' own activities, and other workflows."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from workflows.analysis.checks.code import UNKNOWN, Code

_ACTIVITY = "__temporal_activity_definition"


def calls(code: Code) -> Iterator[Callable[..., Any]]:
    for node in code.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="call" | "compensate_with")):
                activity = _meant(code, node, "activity")
                if hasattr(activity, _ACTIVITY):
                    yield activity


def starts(code: Code) -> Iterator[str]:
    for node in code.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=me), attr="start" | "hand_over" as how)):
                slug = _meant(code, node, "workflow" if how == "start" else "to")
                if me in code.me and isinstance(slug, str):
                    yield slug


def _meant(code: Code, call: ast.Call, name: str) -> Any:
    """What the first argument stands for, or the one of that name."""
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == name)]
    return next((one.value if isinstance(one, ast.Constant) else code.means(one) for one in given), UNKNOWN)
