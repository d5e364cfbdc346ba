"""What workflow files import, and files that cannot be imported."""

import ast
import sys
from collections.abc import Iterator

from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.subject import Installation, Subject


def _unshared(subject: Subject) -> Iterator[Found]:
    """The sandbox of a run imports the workflow's own file anew, and nothing else."""
    if not subject.facts.shared:
        return
    code = next(code for code in subject.codes if isinstance(code.node, ast.Module))
    for node in ast.walk(code.node):
        for name in _imported(node, code.module):
            if not _is_shared(name, subject.facts.shared) and not _is_apart(code, node):
                yield Found(code.spot(node), f"The file imports `{name}`, which runs do not share")


def _imported(node: ast.AST, module: str) -> Iterator[str]:
    """The modules that a file imports. Its own packages are there with it."""
    match node:
        case ast.Import(names=names):
            yield from (one.name for one in names if not module.startswith(f"{one.name}."))
        case ast.ImportFrom(module=named, names=names, level=level):
            base = ".".join(filter(None, [*module.split(".")[:-level], named])) if level else str(named)
            if not module.startswith(f"{base}."):
                yield base
            else:
                yield from (whole for one in names if (whole := f"{base}.{one.name}") in sys.modules)


def _is_shared(name: str, shared: frozenset[str]) -> bool:
    parts = name.split(".")
    above = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
    return parts[0] in sys.stdlib_module_names or not above.isdisjoint(shared)


def _is_apart(code: Code, node: ast.AST) -> bool:
    """Inside a function, for type checkers, or passed through by hand."""
    for around in code.above(node):
        match around:
            case ast.With() | ast.AsyncFunctionDef() | ast.FunctionDef():
                return True
            case ast.If(test=test) if "TYPE_CHECKING" in ast.unparse(test):
                return True
    return False


def _unreadable(installation: Installation) -> Iterator[Found]:
    for one in installation.facts.unreadable:
        yield Found(one.spot, f"The file cannot be imported: {one.why}")


UNSHARED_IMPORT = Check(
    id="unshared-import",
    severity="error",
    meaning="A workflow file imports a module that runs do not share.",
    why="It would be imported anew for each run, which takes long and much memory; workers refuse to start with it.",
    remedy="Import the toolkit, events, activities and the standard library; move the rest into an activity.",
    look=_unshared,
)
IMPORT_FAILS = Check(
    id="import-fails",
    severity="error",
    meaning="A workflow file cannot be imported.",
    why="Workers and API do not start with it, and none of its workflows can be looked at.",
    remedy="Correct what the message says.",
    look=_unreadable,
)
CHECKS = (UNSHARED_IMPORT,)
OVERALL = (IMPORT_FAILS,)
