"""State that no step's outcome determines."""

import ast
from collections import deque
from collections.abc import Iterator

from workflows.analysis.checks.code import Code, Function
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.subject import Subject, called

_CHANGES = {
    *(
        "append",
        "appendleft",
        "add",
        "update",
        "pop",
        "popleft",
        "popitem",
        "extend",
        "remove",
        "clear",
        "insert",
    ),
    *("setdefault", "discard", "sort", "reverse", "subtract"),
}
_MUTABLE = (list, dict, set, deque, bytearray)
_MAKES = {
    *(f"builtins.{name}" for name in ("list", "dict", "set", "bytearray")),
    *(f"collections.{name}" for name in ("deque", "defaultdict", "Counter", "OrderedDict")),
}
_DISPLAYS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp


def _on_self(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        if code.name == "__init__":
            continue
        for node, root in _changed(code):
            if root in code.me:
                yield Found(code.spot(node), f"`{code.name}` keeps something on `{root}`: `{_head(node)}`")


def _in_module(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for node, root in _changed(code):
            if root not in code.bound and isinstance(code.means(ast.Name(id=root)), _MUTABLE):
                yield Found(
                    code.spot(node), f"`{code.name}` changes `{root}`, which belongs to the whole module"
                )
        for node in code.nodes:
            if isinstance(node, ast.Global):
                yield Found(code.spot(node), f"`{code.name}` has `{ast.unparse(node)}`")


def _changed(code: Code) -> Iterator[tuple[ast.AST, str]]:
    """Where something that a name leads to is changed: `name.x = …`, `name[…] = …`, `name.x.append(…)`."""
    for node in code.nodes:
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del(), value=inner):
                changed = inner
            case ast.Subscript(ctx=ast.Store() | ast.Del(), value=inner):
                changed = inner
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _CHANGES and not called(
                code, node
            ):
                changed = inner
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[inner, *_]):
                changed = inner
            case _:
                continue
        root = _root(changed)
        if root:
            yield node, root


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _head(node: ast.AST) -> str:
    return ast.unparse(node)[:60]


def _never_made(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        if code.name == "__init__" and code.me:
            yield Found(code.spot(code.node), "The class has an `__init__` of its own")


def _shared(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        mutable = {name for node in code.nodes for name in _made(code, node)}
        for call, method in subject.calls(code):
            if method != "together":
                continue
            touched = [(one.arg or "**", _touched(code, one.value) & mutable) for one in call.keywords]
            for at, (branch, names) in enumerate(touched):
                for earlier, others in touched[:at]:
                    for name in sorted(names & others):
                        yield Found(code.spot(call), f"Branches `{earlier}` and `{branch}` share `{name}`")


def _made(code: Code, node: ast.AST) -> Iterator[str]:
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            made = isinstance(value, ast.Call) and code.dotted(value.func) in _MAKES
            if made or isinstance(value, _DISPLAYS):
                yield name


def _touched(code: Code, branch: ast.expr) -> set[str]:
    """Names that a branch is given, or takes from around it when it is a function inside."""
    names = {node.id for node in ast.walk(branch) if isinstance(node, ast.Name)}
    inner = [node for node in code.nodes if isinstance(node, Function) and node.name in names]
    return names | {node.id for one in inner for node in ast.walk(one) if isinstance(node, ast.Name)}


STATE_ON_SELF = Check(
    id="state-on-self",
    severity="error",
    meaning="The path keeps state on `self`.",
    why="A run that goes on elsewhere runs the path again from its top with what is recorded, and that is steps alone.",
    remedy="Keep it in local variables: let helper methods take arguments and return values.",
    look=_on_self,
)
MODULE_STATE = Check(
    id="module-state",
    severity="error",
    meaning="The path changes something that belongs to its module.",
    why="All runs of a process may see it, so one contact's path changes another's.",
    remedy="Copy it into a local variable first, or return values.",
    look=_in_module,
)
INIT_NEVER_RUNS = Check(
    id="init-never-runs",
    severity="error",
    meaning="A workflow class has an `__init__`.",
    why="`@marketing_workflow` puts its own in its place: this one never runs.",
    remedy="Begin in `path`; what is given from outside is a field of the workflow's Parameters.",
    look=_never_made,
)
SHARED_BETWEEN_BRANCHES = Check(
    id="shared-between-branches",
    severity="error",
    meaning="Branches of `together` share a list, dict or set.",
    why="Which branch comes first is not recorded: what one reads of the other differs from run to run.",
    remedy="Let each branch return a value, and put the values together afterwards.",
    look=_shared,
)
CHECKS = (STATE_ON_SELF, MODULE_STATE, INIT_NEVER_RUNS, SHARED_BETWEEN_BRANCHES)
