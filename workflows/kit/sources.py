"""Workflow files are read once in the life of a process, so that all its runs have the code it began with.

The sandbox imports a workflow's file anew for each run. Were it read anew too, a file saved while the worker runs would
change what its runs do under the release that the worker started with.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

_SHARED = ("workflows.kit", "workflows.analysis", "workflows.contracts")
"""Cadencia's own, which keeps to what runs have recorded whatever its release."""

_packages: set[str] = set()


def pin(packages: Sequence[str]) -> None:
    """From now on the modules of these packages are what they are at their first import."""
    _packages.update(packages)
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def behind(module: str) -> dict[str, bytes]:
    """The sources of a module and of all that it imports from its own top-level package and from `workflows`."""
    tops = {module.partition(".")[0], "workflows"}
    found: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if file and name not in found and name.partition(".")[0] in tops and not _within(name, _SHARED):
            found[name] = _source(file)
            waiting += _imports(found[name], sys.modules[name])
    return found


def _imports(source: bytes, module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, module: ModuleType) -> str:
    if not node.level:
        return node.module or ""
    package = (module.__package__ or "").rsplit(".", node.level - 1)[0]
    return f"{package}.{node.module}" if node.module else package


def _file(name: str) -> str | None:
    file = getattr(sys.modules.get(name), "__file__", None)
    return file if file and file.endswith(".py") else None


@cache
def _source(file: str) -> bytes:
    return Path(file).read_bytes()


def _within(name: str, packages: Sequence[str] | set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _within(fullname, _packages) or _within(fullname, _SHARED):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec and type(spec.loader) is SourceFileLoader:
            spec.loader = _Once(spec.loader.name, spec.loader.path)
        return spec


class _Once(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        return _code(self.path)


@cache
def _code(file: str) -> CodeType:
    code: CodeType = compile(_source(file), file, "exec", dont_inherit=True)
    return code
