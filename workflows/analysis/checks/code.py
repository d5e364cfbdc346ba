"""The author's code as syntax: functions, class bodies, and what the names in them stand for."""

import ast
import builtins
import sys
import tokenize
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from workflows.analysis.checks.finding import Spot

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
UNKNOWN = object()
"""What a name stands for that only a run knows."""


class File:
    """One file. `imports` are the whole names of what is imported anywhere in it."""

    def __init__(self, path: str) -> None:
        with tokenize.open(path) as lines:
            self.tree = ast.parse(lines.read())
        self.path = path
        self.imports = dict(_imports(self.tree))
        self._definitions = dict(_definitions(self.tree, ""))

    def definition(self, qualname: str) -> Definition | None:
        return self._definitions.get(qualname)


def open_file(path: str) -> File:
    """Read once; again when it has changed."""
    return _file(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _file(path: str, _changed: int) -> File:
    return File(path)


class Code:
    """A function, or what a class's or module's body does when it is imported.

    `me` are the names under which it knows the workflow that runs, such as `self`.
    """

    def __init__(
        self,
        file: File,
        node: Definition | ast.Module,
        names: Mapping[str, Any],
        me: frozenset[str] = frozenset(),
    ) -> None:
        self.file = file
        self.node = node
        self.me = me
        self._names = names

    @property
    def name(self) -> str:
        return "" if isinstance(self.node, ast.Module) else self.node.name

    @property
    def module(self) -> str:
        """The name of its module."""
        return str(self._names["__name__"])

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, Function)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All that it evaluates: no annotations, and of a class or a module nothing that is defined in it."""
        return tuple(_evaluated(self.node, whole=self.is_function))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.node) for child in ast.iter_child_nodes(node)}

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that a call of it gives a value."""
        if not self.is_function:
            return frozenset()
        stored = {
            one.id for one in self.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        taken = {one.arg for one in ast.walk(self.node) if isinstance(one, ast.arg)}
        caught = {one.name for one in self.nodes if isinstance(one, ast.ExceptHandler) and one.name}
        return frozenset(stored | taken | caught)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around one, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def spot(self, node: ast.AST) -> Spot:
        return Spot(self.file.path, getattr(node, "lineno", 1))

    def holds(self, spot: Spot) -> bool:
        """Whether a line is one of its own."""
        if isinstance(self.node, ast.Module):
            return False
        return spot.file == self.file.path and self.node.lineno <= spot.line <= (self.node.end_lineno or 0)

    def dotted(self, expression: ast.AST) -> str | None:
        """The whole name of something imported or built in: `datetime.datetime.now`, `builtins.open`."""
        match expression:
            case ast.Name(id=name) if name in self.file.imports and name not in self.bound:
                return self.file.imports[name]
            case ast.Name(id=name) if name not in self.bound and name not in self._names:
                return f"builtins.{name}" if hasattr(builtins, name) else None
            case ast.Attribute(value=value, attr=attribute):
                inner = self.dotted(value)
                return f"{inner}.{attribute}" if inner else None
        return None

    def means(self, expression: ast.AST) -> Any:
        """The object that a name of the module stands for, or UNKNOWN."""
        match expression:
            case ast.Name(id=name) if name not in self.bound:
                return self._names[name] if name in self._names else _imported(self.file.imports.get(name))
            case ast.Attribute(value=value, attr=attribute):
                inner = self.means(value)
                if isinstance(inner, ModuleType | type):
                    return getattr(inner, attribute, UNKNOWN)
        return UNKNOWN


def _evaluated(node: ast.AST, *, whole: bool) -> Iterator[ast.AST]:
    yield node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns") or (field == "decorator_list" and not whole):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and (whole or not isinstance(child, Definition)):
                yield from _evaluated(child, whole=whole)


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for one in names:
                    yield (one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for one in names:
                    yield one.asname or one.name, f"{module}.{one.name}"


def _definitions(node: ast.AST, before: str) -> Iterator[tuple[str, Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield before + child.name, child
            inside = "." if isinstance(child, ast.ClassDef) else ".<locals>."
            yield from _definitions(child, f"{before}{child.name}{inside}")
        else:
            yield from _definitions(child, before)


def _imported(name: str | None) -> Any:
    if name is None:
        return UNKNOWN
    if name in sys.modules:
        return sys.modules[name]
    module, _, attribute = name.rpartition(".")
    return getattr(sys.modules.get(module), attribute, UNKNOWN)
