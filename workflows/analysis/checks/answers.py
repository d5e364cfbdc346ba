"""Which names of a function hold a step's answer."""

import ast
from collections import defaultdict
from dataclasses import dataclass

from workflows.analysis.checks.code import Code
from workflows.analysis.checks.subject import called


@dataclass(frozen=True)
class Answer:
    """What `method` of the toolkit answered to `call`."""

    method: str
    call: ast.Call

    @property
    def is_open(self) -> bool:
        """Whether it may be anything: no set of results is declared."""
        named = {one.arg for one in self.call.keywords}
        return self.method in ("now", "random") or (self.method == "call" and "results" not in named)


def awaited(code: Code, node: ast.AST) -> Answer | None:
    """The step that `await self.…(…)` asks for."""
    match node:
        case ast.Await(value=ast.Call() as call):
            method = called(code, call)
            return Answer(method, call) if method else None
    return None


def held(code: Code) -> dict[str, Answer]:
    """Names that are given nothing but one step's answer."""
    given: defaultdict[str, list[Answer | None]] = defaultdict(list)
    for node in code.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                given[name].append(awaited(code, value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                given[name].append(awaited(code, value))
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                given[name].append(awaited(code, value))
    stored = [one.id for one in code.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
    once = {name for name, values in given.items() if len(values) == stored.count(name) == 1}
    return {name: answer for name in once if (answer := given[name][0])}


def answer_of(code: Code, node: ast.AST, known: dict[str, Answer]) -> Answer | None:
    """The answer that an expression is, or is a part of such as `came.choice`."""
    match node:
        case ast.Name(id=name):
            return known.get(name)
        case ast.Attribute(value=value):
            return answer_of(code, value, known)
    return awaited(code, node)
