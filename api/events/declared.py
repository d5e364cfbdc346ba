"""Declared events: which names are known, and what their properties must be."""

import difflib
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import JsonValue, StrictBool, StrictStr, TypeAdapter, ValidationError

import workflows.events  # noqa: F401  # declares the built-in ones; packages of workflows declare theirs
from activities.answering import DONE
from api.errors import Problem
from api.problem_types import FieldError
from api.services import Services
from store.drafts import When
from workflows.kit.events import declared


class _Kind(NamedTuple):
    """A type of properties: its `name` in the API, how a value is read, and what to do about one that is no such."""

    name: str
    adapter: TypeAdapter[Any]
    remedy: str


_KINDS: dict[Any, _Kind] = {
    str: _Kind("string", TypeAdapter(StrictStr), "must be text"),
    int: _Kind("integer", TypeAdapter(int), "must be a whole number, such as 3"),
    float: _Kind("number", TypeAdapter(float), "must be a number, such as 49.9"),
    bool: _Kind("boolean", TypeAdapter(StrictBool), "must be true or false"),
    Decimal: _Kind("decimal", TypeAdapter(Decimal), 'must be a number, such as "49.90"'),
    date: _Kind("date", TypeAdapter(date), "must be a date, such as 2026-05-01"),
    datetime: _Kind("time", TypeAdapter(When), "must be a time, such as 2026-05-01T10:00:00Z"),
}


def kind_name(kind: Any) -> str:
    """The name of a property's type in the API."""
    return _kind(kind).name


def is_known(use: Services, name: str) -> bool:
    """Whether the event is declared, or any workflow cares for it."""
    return name in declared() or use.router.knows(name)


def check_declared(use: Services, name: str, properties: Mapping[str, JsonValue]) -> None:
    """Raises a problem where only known names are taken and this is none, and for properties of another type than
    declared: no condition could read them. Any of them may be missing or null, and there may be others."""
    if name == DONE:
        detail = "is told by Cadencia alone, when a task is answered: POST /v1/tasks/{id}/answer"
        raise Problem(422, "wrong_fields", "Some fields are not as they must be", [("name", detail)])
    if use.settings.events_strict and not is_known(use, name):
        raise _unknown(use, name)
    event = declared().get(name)
    wrong = [
        FieldError(field=f"properties.{key}", code="wrong_type", detail=_kind(kind).remedy)
        for key, kind in (event.properties.items() if event else ())
        if not _fits(properties.get(key), kind)
    ]
    if wrong:
        raise Problem(422, "wrong_fields", "Some fields are not as they must be", wrong)


def _unknown(use: Services, name: str) -> Problem:
    names = set(declared()).union(*(listed.events | listed.starts_on for listed in use.catalogue.values()))
    near = difflib.get_close_matches(name, names, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    detail = f"is not declared{meant}: declare it in workflows/events.py, or unset CADENCIA_EVENTS_STRICT"
    return Problem(422, "unknown_event", "No such event", [("name", detail)])


def _kind(kind: Any) -> _Kind:
    name = getattr(kind, "__name__", str(kind))
    return _KINDS.get(kind) or _Kind(name, TypeAdapter(kind), f"must be a {name}")


def _fits(value: JsonValue, kind: Any) -> bool:
    """Numbers are no dates, and true and false no numbers, though a reader could take them for such."""
    if value is None:
        return True
    if (isinstance(value, bool) and kind is not bool) or (kind is date and not isinstance(value, str)):
        return False
    try:
        read = _kind(kind).adapter.validate_python(value)
    except ValidationError:
        return False
    return not isinstance(read, float) or math.isfinite(read)
