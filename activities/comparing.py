"""How two values compare, in rules on contacts and in conditions on events."""

import operator
from collections.abc import Callable
from typing import Any

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, among: value in among,
}


def compare(value: Any, by: str, with_: Any) -> bool:
    """A value that is missing (None), or of another kind than the one it is compared with, does not hold."""
    if by == "is_set":
        return value is not None
    if value is None:
        return by == "!="
    try:
        return _COMPARE[by](value, with_)
    except TypeError:
        return False
