"""What the code asks of its own state between two steps, in its own words: `silent == 4`, `not hello.sent`."""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import CodeType

from workflows.analysis.exploration import Arc
from workflows.analysis.explore_source import source

_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def turns(passed: Iterable[Arc]) -> tuple[str, ...]:
    """The tests without a step in them that the arcs went through, as they came out, the last of each."""
    met: dict[str, str] = {}
    for code, start, to in passed:
        for test in _tests(code):
            out = test.out(start, to)
            if out is not None:
                met.pop(test.fails, None)
                met[test.fails] = out
    return tuple(text for text in met.values() if text)


class _Test:
    """A test, the lines it stands on and the lines of its block."""

    def __init__(
        self, node: ast.If | ast.While | ast.For | ast.match_case, header: range, holds: str, fails: str
    ) -> None:
        self.header = header
        self.body = range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1)
        self.holds = holds
        self.fails = fails

    def out(self, start: int, to: int) -> str | None:
        """How it came out, when an arc leaves it."""
        if start not in self.header or to in self.header:
            return None
        return self.holds if to in self.body else self.fails


@lru_cache(maxsize=512)
def _tests(code: CodeType) -> tuple[_Test, ...]:
    return tuple(_found(source(code.co_filename).nodes(code.co_firstlineno)))


def _found(nodes: Iterable[ast.AST]) -> Iterator[_Test]:
    for node in nodes:
        match node:
            case ast.If(test=test) | ast.While(test=test) if not _steps(test) and not isinstance(
                test, ast.Constant
            ):
                header = range(node.lineno, (test.end_lineno or node.lineno) + 1)
                yield _Test(node, header, _text(test), _text(_not(test)))
            case ast.For(iter=iterated) if not _steps(iterated):
                header = range(node.lineno, (iterated.end_lineno or node.lineno) + 1)
                yield _Test(node, header, "", _through(iterated))
            case ast.Match(subject=subject, cases=cases) if not _steps(subject):
                for case in cases:
                    last = case.pattern.end_lineno or case.pattern.lineno
                    text = f"{_text(subject)} is {ast.unparse(case.pattern)}"
                    yield _Test(
                        case, range(case.pattern.lineno, last + 1), text, f"{_text(subject)} is another"
                    )


def _through(iterated: ast.expr) -> str:
    match iterated:
        case ast.Call(func=ast.Name(id="range"), args=[count]):
            return f"{_text(count)} turns done"
    return f"all of {_text(iterated)} done"


def _steps(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Await) for node in ast.walk(test))


def _not(test: ast.expr) -> ast.expr:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(left=left, ops=[op], comparators=comparators) if type(op) in _OPPOSITE:
            return ast.Compare(left, [_OPPOSITE[type(op)]()], comparators)
    return ast.UnaryOp(ast.Not(), test)


def _text(test: ast.expr) -> str:
    return ast.unparse(test).replace("self.params.", "").replace("self.", "")
