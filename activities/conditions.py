"""Conditions on the properties of events, decided beside the database: properties never enter a history."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import GenericAlias
from typing import Any

from pydantic import TypeAdapter, ValidationError

from activities.calls import Condition
from activities.comparing import compare


@dataclass(frozen=True)
class EventCondition:
    """Comparisons on one event's properties, all of which must hold. Its text is the name by which runs know it."""

    event: str
    conditions: tuple[Condition, ...]
    types: tuple[Any, ...]

    def __and__(self, other: "EventCondition") -> "EventCondition":
        if other.event != self.event:
            raise TypeError(
                f"{self} & {other}: both must be about one event; wait for two events side by side instead"
            )
        return EventCondition(self.event, self.conditions + other.conditions, self.types + other.types)

    def __bool__(self) -> bool:
        raise TypeError(
            "a condition has no truth value in the path: give it to wait_for(…, where=…), join by &"
        )

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        parts = (_text(one, kind) for one, kind in zip(self.conditions, self.types, strict=True))
        return f"{self.event}[{' & '.join(parts)}]"

    def met_by(self, properties: Mapping[str, Any]) -> bool:
        return all(
            _holds(properties.get(one.field), one, _adapter(kind))
            for one, kind in zip(self.conditions, self.types, strict=True)
        )


def condition_on(event: str, name: str, kind: Any, operator: Any, value: Any) -> EventCondition:
    """Raises TypeError when the value is not of the property's type."""
    adapter = _adapter(GenericAlias(list, kind) if operator == "in" else kind)
    try:
        told = (
            None if operator == "is_set" else adapter.dump_python(adapter.validate_python(value), mode="json")
        )
    except ValidationError:
        raise TypeError(f"{event}: {name} is declared as {kind.__name__}, {value!r} is none") from None
    return EventCondition(event, (Condition(field=name, operator=operator, value=told),), (kind,))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Building one takes a hundred times as long as a comparison."""
    return TypeAdapter(kind)


def _text(condition: Condition, kind: type[Any]) -> str:
    if kind is str or condition.operator in ("in", "is_set"):
        return str(condition)
    return f"{condition.field} {condition.operator} {condition.value}"


def _holds(value: Any, condition: Condition, adapter: TypeAdapter[Any]) -> bool:
    """A property that is missing, or not of its declared type, meets no condition but `!=`."""
    if condition.operator == "is_set" or value is None:
        return compare(value, condition.operator, None)
    try:
        wanted = condition.value
        if condition.operator == "in":
            among = [adapter.validate_python(one) for one in wanted] if isinstance(wanted, list) else []
            return adapter.validate_python(value) in among
        return compare(adapter.validate_python(value), condition.operator, adapter.validate_python(wanted))
    except ValidationError:
        return False
