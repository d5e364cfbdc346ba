"""Rules on a contact, evaluated beside the database."""

import operator
from collections.abc import Callable
from typing import Any, Protocol

from temporalio import activity

from activities.calls import Call, Condition, Match
from store.contacts import Contacts
from store.database import Database

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, among: value in among,
}


class Known(Protocol):
    """What rules ask of a contact."""

    score: int
    stage: str | None
    locale: str
    time_zone: str
    attributes: dict[str, Any]


class Rules:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="matches")
    async def match(self, call: Call[Match]) -> bool:
        """Whether the contact meets every condition now; a contact that is gone meets none."""
        async with self._database.read() as session:
            contact = await Contacts(session).get(call.subject_id)
            return contact is not None and all(holds(contact, one) for one in call.order.conditions)


def holds(contact: Known, condition: Condition) -> bool:
    """One comparison. A value that is missing, or of another kind than the one it is compared with, does not hold."""
    value = _value(contact, condition.field)
    if condition.operator == "is_set":
        return value is not None
    if value is None:
        return condition.operator == "!="
    try:
        return _COMPARE[condition.operator](value, condition.value)
    except TypeError:
        return False


def _value(contact: Known, field: str) -> Any:
    name = field.removeprefix("attributes.")
    return getattr(contact, field) if name == field else contact.attributes.get(name)
