"""Things that are compared to make a condition, rather than to learn whether it holds."""

from typing import Any, Generic, Literal, TypeVar

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "is_set"]
C = TypeVar("C")


class Comparable(Generic[C]):
    """`thing > 5`, `thing.is_in("a", "b")`, `thing.is_set()`: each is a condition of the type C."""

    __hash__ = None  # type: ignore[assignment]  # comparing makes a condition, so it can be no key

    def _compared(self, operator: Operator, value: Any) -> C:
        raise NotImplementedError

    def __eq__(self, value: object) -> C:  # type: ignore[override]  # comparing makes a condition
        return self._compared("==", value)

    def __ne__(self, value: object) -> C:  # type: ignore[override]  # comparing makes a condition
        return self._compared("!=", value)

    def __lt__(self, value: object) -> C:
        return self._compared("<", value)

    def __le__(self, value: object) -> C:
        return self._compared("<=", value)

    def __gt__(self, value: object) -> C:
        return self._compared(">", value)

    def __ge__(self, value: object) -> C:
        return self._compared(">=", value)

    def is_in(self, *values: object) -> C:
        return self._compared("in", list(values))

    def is_set(self) -> C:
        return self._compared("is_set", None)
