"""Rules on a contact, evaluated beside the database."""

from typing import Any, Protocol

from temporalio import activity

from activities.calls import Call, Condition, Match
from activities.comparing import compare
from store.contacts import Contacts
from store.database import Database


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
    return compare(_value(contact, condition.field), condition.operator, condition.value)


def _value(contact: Known, field: str) -> Any:
    name = field.removeprefix("attributes.")
    return getattr(contact, field) if name == field else contact.attributes.get(name)
