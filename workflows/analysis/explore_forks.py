"""Data that a sample cannot stand for: each comparison of it is a decision of its own."""

import math
from datetime import date
from typing import Any, NoReturn, Protocol

from workflows.analysis.explore_sites import caller, is_author
from workflows.kit.steps import Misuse

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the name of data that was written into a text, so that it is known again in a label."""


class Oracle(Protocol):
    def decide(self, told: bool) -> bool:
        """Whether something holds in this walk: what the author's code asks, or, unless `told`, its contrary."""
        ...

    def follow(self, holds: bool, told: bool) -> bool:
        """Notes that it follows from what is known already."""
        ...


def refuse(name: str, what: str) -> NoReturn:
    raise Misuse(
        f"the path {what} {name}, which is known only while it runs: compare it with == or < as it is, "
        "or let the step tell: declare answers= or results=, or wait with where="
    )


def by_author() -> bool:
    """Whether the author's code does this; what the toolkit and libraries do with data is no decision."""
    return is_author(caller().f_code.co_filename)


class Number:
    """A number of which only bounds are known; what was decided once stays so."""

    def __init__(
        self, oracle: Oracle, name: str, low: float = -math.inf, high: float = math.inf, *, whole: bool = True
    ) -> None:
        self._oracle = oracle
        self._name = name
        self._not: set[float] = set()
        self._whole = whole
        self.low = low
        self.high = high

    def below(self, value: float, told: bool = True) -> bool:
        """Whether it is less than a value. `told`: so the author asks, and not for the contrary."""
        if self._whole:
            value = math.ceil(value) if math.isfinite(value) else value
        if self.high < value or self.low >= value:
            return self._oracle.follow(self.high < value, told)
        holds = self._oracle.decide(told)
        if holds:
            self.high = value - 1 if self._whole else math.nextafter(value, -math.inf)
        else:
            self.low = value
        return holds

    def beyond(self, value: float, told: bool = True) -> bool:
        """Whether it is greater than a value."""
        least = math.floor(value) + 1 if self._whole else math.nextafter(value, math.inf)
        return not self.below(least, not told)

    def is_(self, value: float, told: bool = True) -> bool:
        if not self.low <= value <= self.high or value in self._not or self.low == self.high:
            return self._oracle.follow(value == self.low == self.high, told)
        holds = self._oracle.decide(told)
        if holds:
            self.low = self.high = value
        else:
            self._not.add(value)
        return holds

    def __lt__(self, value: float | date) -> bool:
        return self.below(_number(value))

    def __ge__(self, value: float | date) -> bool:
        return not self.below(_number(value), told=False)

    def __gt__(self, value: float | date) -> bool:
        return self.beyond(_number(value))

    def __le__(self, value: float | date) -> bool:
        return not self.beyond(_number(value), told=False)

    def __eq__(self, value: object) -> bool:
        return isinstance(value, int | float | date) and self.is_(_number(value))

    def __ne__(self, value: object) -> bool:
        return not (isinstance(value, int | float | date) and self.is_(_number(value), told=False))

    def __str__(self) -> str:
        return f"{OPEN}{self._name}{CLOSE}"

    __repr__ = __str__

    def __format__(self, _spec: str) -> str:
        return str(self)

    def __hash__(self) -> int:
        refuse(self._name, "looks up")

    def _refuse(self, *_: Any) -> NoReturn:
        refuse(self._name, "converts or calculates with")

    __int__ = __float__ = __index__ = __iter__ = __bool__ = _refuse
    __round__ = __floor__ = __ceil__ = __trunc__ = __abs__ = __neg__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __floordiv__ = __mod__ = __divmod__ = __pow__ = _refuse


def _number(value: float | date) -> float:
    return value.toordinal() if isinstance(value, date) else value


class Text(str):
    """A text from an open set, such as a reason. It is set, and equal to nothing but what was decided."""

    _oracle: Oracle
    _name: str
    _known: str | None
    _not: set[str]

    def __new__(cls, oracle: Oracle, name: str) -> "Text":
        made = super().__new__(cls, f"{OPEN}{name}{CLOSE}")
        made._oracle, made._name, made._known, made._not = oracle, name, None, set()
        return made

    def _is(self, value: object, told: bool = True) -> bool:
        if not isinstance(value, str) or isinstance(value, Text) or not by_author():
            return self is value
        if self._known is not None or value in self._not:
            return self._oracle.follow(self._known == value, told)
        holds = self._oracle.decide(told)
        if holds:
            self._known = value
        else:
            self._not.add(value)
        return holds

    def __eq__(self, value: object) -> bool:
        return self._is(value)

    def __ne__(self, value: object) -> bool:
        return not self._is(value, told=False)

    def __hash__(self) -> int:
        if by_author():
            refuse(self._name, "looks up")
        return str.__hash__(self)

    def __str__(self) -> str:
        return f"{OPEN}{self._name}{CLOSE}"

    def _refuse(self, *_: Any) -> NoReturn:
        refuse(self._name, "converts or takes apart")

    __int__ = __float__ = __iter__ = __getitem__ = __len__ = __contains__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    split = _refuse  # type: ignore[assignment]  # no str comes of it
    lower = upper = startswith = endswith = strip = find = index = partition = _refuse
    replace = removeprefix = removesuffix = isdigit = casefold = title = _refuse
