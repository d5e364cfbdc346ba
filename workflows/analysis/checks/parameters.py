"""Parameters that a workflow declares."""

import ast
from collections.abc import Iterator

from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found, Spot
from workflows.analysis.checks.subject import Subject


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
CHECKS = (PARAMETER_UNUSED,)
