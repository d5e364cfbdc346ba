"""What an author's file says: which branches there are, and which failures are caught where."""

import ast
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_CATCHING = {"StepFailed", "Exception", "BaseException"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Side:
    """One side of a branch. `inside` are the lines of its block; without a block it is taken by leaving `header` for
    a line that is in none of `others`."""

    line: int
    what: str
    inside: range | None
    header: range = range(0)
    others: range = range(0)

    def taken(self, arcs: Iterable[tuple[int, int]]) -> bool:
        if self.inside is not None:
            return any(to in self.inside for _, to in arcs)
        return any(
            start in self.header and to not in self.header and to not in self.others for start, to in arcs
        )


class Source:
    """One file of an author."""

    def __init__(self, file: str) -> None:
        with tokenize.open(file) as lines:
            self._lines = lines.read().splitlines()
        tree = ast.parse("\n".join(self._lines))
        nodes = list(ast.walk(tree))
        self._guarded = [guarded for node in nodes for guarded in _guarded(node)]
        self._functions = {_first(node): node for node in nodes if isinstance(node, Function)}

    def catches(self, line: int) -> bool:
        """Whether a StepFailed that comes up in this line is caught in its function."""
        return any(line in lines for lines in self._guarded)

    def text(self, line: int, last: int, column: int, end: int) -> str:
        """A piece of the file, on one line. Columns count bytes, as Python's do."""
        rows = [row.encode() for row in self._lines[line - 1 : last]]
        rows[-1] = rows[-1][:end]
        rows[0] = rows[0][column:]
        return " ".join(b" ".join(rows).decode(errors="replace").split())

    def sides(self, first: int) -> list[Side]:
        """Both sides of every branch of the function whose code begins in line `first`."""
        return [side for node in self.nodes(first) for side in self._of(node)]

    def nodes(self, first: int) -> list[ast.AST]:
        """What the function whose code begins in line `first` is made of, without functions inside it."""
        function = self._functions.get(first)
        return list(_own(function)) if function else []

    def _of(self, node: ast.AST) -> Iterator[Side]:
        match node:
            case ast.If(test=test) | ast.While(test=test):
                word = "if" if isinstance(node, ast.If) else "while"
                yield from self._two(node, test, f"`{word} {ast.unparse(test)}`", not _constant(test))
            case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
                text = f"`for {ast.unparse(node.target)} in {ast.unparse(iterated)}`"
                yield from self._two(node, iterated, text, leaves=True)
            case ast.match_case(pattern=pattern):
                yield from _block(node.body, f"`case {ast.unparse(pattern)}` was met in no walk")
            case ast.ExceptHandler():
                caught = f" {ast.unparse(node.type)}" if node.type else ""
                yield from _block(node.body, f"`except{caught}` was come to in no walk")

    def _two(
        self, node: ast.If | ast.While | ast.For | ast.AsyncFor, test: ast.expr, text: str, leaves: bool
    ) -> Iterator[Side]:
        body = range(node.body[0].lineno, _last(node.body[-1]) + 1)
        header = range(node.lineno, _last(test) + 1)
        yield from _block(
            node.body, f"{text} held in no walk" if not _loops(node) else f"{text} began in no walk"
        )
        otherwise = "failed in no walk" if isinstance(node, ast.If) else "ran out in no walk"
        if node.orelse:
            yield from _block(node.orelse, f"{text} {otherwise}")
        elif leaves and body.start not in header:
            yield Side(node.lineno, f"{text} {otherwise}", None, header, body)


@lru_cache(maxsize=256)
def source(file: str) -> Source:
    return Source(file)


def _block(body: list[ast.stmt], what: str) -> Iterator[Side]:
    if not _gives_up(body[0]):
        yield Side(body[0].lineno, what, range(body[0].lineno, _last(body[-1]) + 1))


def _gives_up(statement: ast.stmt) -> bool:
    """`assert_never(…)` and `raise AssertionError` say that nothing leads there."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never") | ast.Attribute(attr="assert_never"))):
            return True
        case ast.Raise(exc=ast.Name(id="AssertionError") | ast.Call(func=ast.Name(id="AssertionError"))):
            return True
    return False


def _own(function: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own(child)


def _guarded(node: ast.AST) -> Iterator[range]:
    match node:
        case ast.Try(body=body, handlers=handlers) if any(_catches(one.type) for one in handlers):
            yield range(body[0].lineno, _last(body[-1]) + 1)
        case ast.With(body=body, items=items) if any(_suppresses(item.context_expr) for item in items):
            yield range(body[0].lineno, _last(body[-1]) + 1)


def _suppresses(used: ast.expr) -> bool:
    match used:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=caught):
            return any(_catches(one) for one in caught)
    return False


def _catches(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Tuple(elts=several):
            return any(_catches(one) for one in several)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _CATCHING
    return False


def _constant(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant)


def _loops(node: ast.stmt) -> bool:
    return not isinstance(node, ast.If)


def _first(function: Function) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _last(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno
