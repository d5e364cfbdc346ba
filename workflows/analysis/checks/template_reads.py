"""What templates read of a contact's attributes, without a word for those who have none."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError

_FALLS_BACK = {"default", "d"}


@lru_cache(maxsize=512)
def unguarded(file: str, _changed: int) -> tuple[tuple[int, str], ...]:
    """Line and name of each attribute that a file reads without `default` or `is defined`. What is no Jinja reads none:
    `doctor` says what is wrong with it."""
    try:
        tree = Environment(autoescape=True).parse(Path(file).read_text(encoding="utf-8"))
    except (TemplateSyntaxError, OSError, UnicodeDecodeError):
        return ()
    return tuple(dict.fromkeys(_reads(tree, frozenset())))


def _reads(node: nodes.Node, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    """`known` are the attributes that a test around the node found."""
    match node:
        case nodes.Filter(name=name, node=nodes.Node() as inner) if name in _FALLS_BACK and _attribute(inner):
            yield from _within([*node.args, *(one.value for one in node.kwargs)], known)
        case nodes.Test(name="defined" | "undefined", node=inner) if _attribute(inner):
            return
        case nodes.If(test=test, body=body, elif_=others, else_=otherwise):
            yield from _reads(test, known)
            yield from _within(body, known | _found(test))
            yield from _within([*others, *otherwise], known)
        case nodes.CondExpr(test=test, expr1=then, expr2=otherwise):
            yield from _reads(test, known)
            yield from _reads(then, known | _found(test))
            yield from _within([otherwise] if otherwise else [], known)
        case nodes.And(left=left, right=right):
            yield from _reads(left, known)
            yield from _reads(right, known | _found(left))
        case _ if read := _attribute(node):
            if read not in known:
                yield node.lineno, read
        case _:
            yield from _within(node.iter_child_nodes(), known)


def _within(
    several: "Iterator[nodes.Node] | list[nodes.Node]", known: frozenset[str]
) -> Iterator[tuple[int, str]]:
    for node in several:
        yield from _reads(node, known)


def _attribute(node: nodes.Node) -> str | None:
    """`plan` of `contact.attributes.plan` or `contact.attributes["plan"]`; methods such as `.get` are none."""
    match node:
        case nodes.Getattr(node=owner, attr=name) if _is_attributes(owner) and not hasattr(dict, name):
            return str(name)
        case nodes.Getitem(node=owner, arg=nodes.Const(value=str(key))) if _is_attributes(owner):
            return key
    return None


def _is_attributes(node: nodes.Node) -> bool:
    match node:
        case nodes.Getattr(node=nodes.Name(name="contact"), attr="attributes"):
            return True
    return False


def _found(test: nodes.Node) -> frozenset[str]:
    """The attributes that are there when a test holds."""
    match test:
        case nodes.Test(name="defined", node=inner):
            name = _attribute(inner)
            return frozenset([name] if name else [])
        case nodes.Compare(expr=nodes.Const(value=str(name)), ops=[nodes.Operand(op="in", expr=owner)]):
            return frozenset([name] if _is_attributes(owner) else [])
        case nodes.And(left=left, right=right):
            return _found(left) | _found(right)
    return frozenset()
