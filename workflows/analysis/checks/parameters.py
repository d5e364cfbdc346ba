"""Parameters that a workflow declares."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

from annotated_types import Ge, Gt, Le, Lt

from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found, Spot
from workflows.analysis.checks.subject import Subject
from workflows.kit.declaration import has_bound


def _unused(subject: Subject) -> Iterator[Found]:
    fields = subject.declaration.params.model_fields
    read = {name for code in subject.functions for name in _read(code)}
    if "" in read:
        return
    for name in fields.keys() - read:
        yield Found(_declared(subject, name), f"Parameter `{name}` is never read")


def _read(code: Code) -> Iterator[str]:
    """Names that follow `params.`; an empty one when the parameters are handed on as a whole."""
    for node in code.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="params") if name in code.me:
                around = code.parents.get(node)
                yield around.attr if isinstance(around, ast.Attribute) else ""
            case ast.Attribute(value=ast.Name(), attr=attribute):
                yield attribute  # of `self` in a method of the parameters' own class, say


def _declared(subject: Subject, name: str) -> Spot:
    for code in subject.codes:
        for node in code.node.body if isinstance(code.node, ast.ClassDef) else ():
            match node:
                case ast.AnnAssign(target=ast.Name(id=field)) if field == name:
                    return code.spot(node)
    return subject.spot


PARAMETER_UNUSED = Check(
    id="parameter-unused",
    severity="warning",
    meaning="A parameter is declared, and no code reads it.",
    why="Who enrolls may set it, and nothing changes.",
    remedy="Take it away, or use it.",
    look=_unused,
)


def _unbounded(subject: Subject) -> Iterator[Found]:
    for name, field in subject.declaration.params.model_fields.items():
        missing = [end for end, kinds in _ENDS.items() if not has_bound(field, *kinds)]
        if _is_number(field.annotation) and missing:
            yield Found(
                _declared(subject, name),
                f"Parameter `{name}` is a number without a {' and a '.join(missing)}",
            )


_ENDS = {"least": (Gt, Ge), "most": (Lt, Le)}


def _is_number(annotation: object) -> bool:
    return bool({annotation, *get_args(annotation)} & {int, float, Decimal})


PARAMETER_UNBOUNDED = Check(
    id="parameter-unbounded",
    severity="warning",
    meaning="A parameter is a number that may be any: -1, 0, 1000000.",
    why="Who enrolls may give what the path cannot do: the enrollment parks then, and reaches nobody.",
    remedy="Give its bounds: `most: int = Field(default=3, ge=1, le=20)`.",
    look=_unbounded,
)
CHECKS = (PARAMETER_UNUSED, PARAMETER_UNBOUNDED)
