"""What an author's code asks, in plain words: `not hello.sent` is `not sent`, `silent == 4` is `silent is 4`."""

import ast

from workflows.analysis.words import COMPARED, duration, listed, spaced, value_in_words

_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "!=", ast.Is: "==", ast.IsNot: "!=",
}  # fmt: skip
_CALCULATED: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "/"}
_SECONDS = {"minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}
_STATES = {"sent", "skipped"}
"""What a message is; whose it is the step before tells."""
_ITSELF = {"name", "choice"}
"""Parts of an answer that stand for the whole."""


def opposite(test: ast.expr) -> ast.expr:
    """The test that holds when this one does not."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(left=left, ops=[op], comparators=comparators) if type(op) in _OPPOSITE:
            return ast.Compare(left, [_OPPOSITE[type(op)]()], comparators)
        case ast.BoolOp(op=op, values=values):
            return ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), [*map(opposite, values)])
    return ast.UnaryOp(ast.Not(), test)


def text_in_words(code: str) -> str:
    """A piece of a file. What is no expression is given back as it is."""
    try:
        return in_words(ast.parse(code, mode="eval").body)
    except SyntaxError:
        return code


def in_words(node: ast.expr) -> str:
    """An expression. What has no words is told in the code's own."""
    match node:
        case ast.Await(value=value):
            return in_words(value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare() | ast.BoolOp() as operand):
            return in_words(opposite(operand))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"not {in_words(operand)}"
        case ast.BoolOp(op=op, values=values):
            return (" and " if isinstance(op, ast.And) else " or ").join(map(in_words, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right)
        case ast.Constant(value=value):
            return value_in_words(value)
        case ast.Tuple(elts=several) | ast.List(elts=several) | ast.Set(elts=several):
            return listed([*map(in_words, several)], "or")
        case ast.NamedExpr(target=target):
            return in_words(target)
    return _named(node)


def _named(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return spaced(name.lower() if name.isupper() else name)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr="params"), attr=name):
            return f"“{spaced(name)}”"
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return spaced(name)
        case ast.Attribute(attr=name) if name in _STATES:
            return name
        case ast.Attribute(value=value, attr=name) if name in _ITSELF:
            return in_words(value)
        case ast.Attribute(value=ast.BinOp(left=left, op=ast.Sub(), right=right), attr=name) if _is_now(left):
            return f"{spaced(name)} since {in_words(right)}"
        case ast.Attribute(value=value, attr=name):
            return f"{spaced(name)} of {in_words(value)}"
        case ast.BinOp(left=left, op=ast.Sub(), right=right) if _is_now(left):
            return f"time since {in_words(right)}"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _CALCULATED:
            return f"{in_words(left)} {_CALCULATED[type(op)]} {in_words(right)}"
        case ast.Call():
            return _called(node)
    return _as_written(node)


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
    if isinstance(right, ast.Constant) and right.value is None:
        absent = isinstance(op, ast.Is | ast.Eq)
        if isinstance(left, ast.Attribute) and left.attr in _STATES:
            return f"{'not ' if absent else ''}{left.attr}"
        return f"{in_words(left)} is {'missing' if absent else 'there'}"
    return f"{in_words(left)} {COMPARED[_COMPARED[type(op)]]} {in_words(right)}"


def _called(call: ast.Call) -> str:
    match call:
        case ast.Call(func=ast.Name(id=unit), args=[ast.Constant(value=int() | float() as count)]) if (
            unit in _SECONDS
        ):
            return duration(count * _SECONDS[unit])
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr="now")):
            return "now"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr="random"), args=[label]):
            return f"a random number ({in_words(label)})"
        case ast.Call(func=ast.Name(id="date" | "datetime"), args=numbers) if len(numbers) >= 3:
            return "-".join(f"{ast.unparse(number):>02}" for number in numbers[:3])
        case ast.Call(func=ast.Name(id="len"), args=[counted]):
            return f"number of {in_words(counted)}"
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=[], keywords=[]):
            return f"{spaced(name)} of {in_words(value)}"
    return _as_written(call)


def _is_now(node: ast.expr) -> bool:
    return in_words(node) == "now"


def _as_written(node: ast.expr) -> str:
    return ast.unparse(node).replace("await ", "").replace("self.params.", "").replace("self.", "")
