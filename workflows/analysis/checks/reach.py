"""Which of the authors' code a workflow reaches: its class, the functions and classes that it names, and theirs."""

import ast
import sys
from collections.abc import Iterator
from types import FunctionType, MethodType
from typing import Any

from workflows.analysis.checks.code import Code, Function, open_file
from workflows.analysis.explore_sites import is_author
from workflows.kit.workflow import MarketingWorkflow

_ACTIVITY = "__temporal_activity_definition"


def reach(cls: type, params: type, *helpers: FunctionType) -> tuple[Code, ...]:
    """The code of a workflow, its own class's first, what its modules do at import last. Activities are left out.

    `helpers` are functions that are reached in any case.
    """
    found: list[Code] = []
    done: set[int] = set()
    todo: list[Any] = [*cls.__mro__, *params.__mro__, *helpers]
    while todo:
        one = todo.pop(0)
        if id(one) in done or not _is_authored(one, cls):
            continue
        done.add(id(one))
        codes = list(_codes(one))
        found += codes
        todo += [named for code in codes for named in _named(code)]
    return (*found, *_modules([cls, params]))


def _is_authored(one: Any, cls: type) -> bool:
    if isinstance(one, FunctionType):
        return is_author(one.__code__.co_filename) and not hasattr(one, _ACTIVITY)
    if not isinstance(one, type) or not is_author(_file_of(one)):
        return False
    if issubclass(one, MarketingWorkflow) and not issubclass(cls, one):
        return False
    methods = [member for member in vars(one).values() if isinstance(member, FunctionType)]
    return not any(hasattr(method, _ACTIVITY) for method in methods)


def _codes(one: Any) -> Iterator[Code]:
    file, names = open_file(_file_of(one)), vars(sys.modules[one.__module__])
    node = file.definition(one.__qualname__)
    if isinstance(node, Function):
        yield Code(file, node, names, _workflows_among(node, names))
    elif isinstance(node, ast.ClassDef):
        is_workflow = issubclass(one, MarketingWorkflow)
        yield Code(file, node, names)
        for method in node.body:
            if isinstance(method, Function):
                yield Code(file, method, names, _me(method) if is_workflow else frozenset())


def _me(method: Function) -> frozenset[str]:
    static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in method.decorator_list)
    return frozenset(one.arg for one in method.args.args[:1] if not static)


def _workflows_among(function: Function, names: dict[str, Any]) -> frozenset[str]:
    """Parameters of a helper function that are annotated with a workflow class."""
    known = {
        one.arg: names.get(ast.unparse(one.annotation).strip("'"))  # quoted above the class
        for one in function.args.args
        if one.annotation
    }
    return frozenset(
        name for name, kind in known.items() if isinstance(kind, type) and issubclass(kind, MarketingWorkflow)
    )


def _named(code: Code) -> Iterator[Any]:
    for node in code.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            one = code.means(node)
            yield one.__func__ if isinstance(one, MethodType) else one


def _modules(classes: list[type]) -> Iterator[Code]:
    modules = {cls.__module__: _file_of(cls) for cls in classes if is_author(_file_of(cls))}
    for module, path in modules.items():
        file = open_file(path)
        yield Code(file, file.tree, vars(sys.modules[module]))


def _file_of(one: Any) -> str:
    """`<…>` for what is built in or made while the program runs."""
    if isinstance(one, FunctionType):
        return one.__code__.co_filename
    return getattr(sys.modules.get(one.__module__), "__file__", None) or "<none>"
