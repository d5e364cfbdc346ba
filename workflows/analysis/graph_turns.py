"""What the code asks of its own state between two steps, such as `silent == 4` or `not hello.sent`."""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import CodeType
from typing import NamedTuple

from workflows.analysis.code_words import in_words, opposite
from workflows.analysis.exploration import Arc
from workflows.analysis.explore_source import source


class Turn(NamedTuple):
    """How a test of the code came out: in the code's words, which tell turns apart, and in those of people."""

    code: str
    words: str


_NOTHING = Turn("", "")


def turns(passed: Iterable[Arc]) -> tuple[Turn, ...]:
    """The tests without a step in them that the arcs went through, as they came out, the last of each."""
    met: dict[Turn, Turn] = {}
    for code, start, to in passed:
        for test in _tests(code):
            out = test.out(start, to)
            if out is not None:
                met.pop(test.fails, None)
                met[test.fails] = out
    return tuple(turn for turn in met.values() if turn.code)


class _Test:
    """A test, the lines it stands on and the lines of its block."""

    def __init__(
        self, node: ast.If | ast.While | ast.For | ast.match_case, header: range, holds: Turn, fails: Turn
    ) -> None:
        self.header = header
        self.body = range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1)
        self.holds = holds
        self.fails = fails

    def out(self, start: int, to: int) -> Turn | None:
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
                yield _Test(node, header, _turn(test), _turn(opposite(test)))
            case ast.For(iter=iterated) if not _steps(iterated):
                header = range(node.lineno, (iterated.end_lineno or node.lineno) + 1)
                yield _Test(node, header, _NOTHING, Turn(ast.unparse(iterated), _through(iterated)))
            case ast.Match(subject=subject, cases=cases) if not _steps(subject):
                another = Turn(f"{ast.unparse(subject)} is another", f"{in_words(subject)} is another")
                for case in cases:
                    last = case.pattern.end_lineno or case.pattern.lineno
                    header = range(case.pattern.lineno, last + 1)
                    yield _Test(case, header, _met(subject, case.pattern), another)


def _through(iterated: ast.expr) -> str:
    match iterated:
        case ast.Call(func=ast.Name(id="range"), args=[count]):
            return f"{in_words(count)} turns done"
    return f"all of {in_words(iterated)} done"


def _met(subject: ast.expr, pattern: ast.pattern) -> Turn:
    code = f"{ast.unparse(subject)} is {ast.unparse(pattern)}"
    match pattern:
        case ast.MatchValue(value=value):
            return Turn(code, in_words(ast.Compare(subject, [ast.Eq()], [value])))
        case ast.MatchSingleton(value=value):
            return Turn(code, in_words(ast.Compare(subject, [ast.Is()], [ast.Constant(value)])))
        case ast.MatchOr(patterns=several):
            words = [_met(subject, one).words.removeprefix(f"{in_words(subject)} is ") for one in several]
            return Turn(code, f"{in_words(subject)} is {' or '.join(words)}")
        case ast.MatchAs(pattern=None):
            return Turn(code, f"{in_words(subject)} is another")
    return Turn(code, f"{in_words(subject)} is {ast.unparse(pattern)}")


def _steps(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Await) for node in ast.walk(test))


def _turn(test: ast.expr) -> Turn:
    return Turn(ast.unparse(test), in_words(test))
