"""Events, as the API takes them."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, JsonValue

from api.batches import Indexed, InvalidEntry, entries
from api.contacts.schemas import NamedContact
from api.schemas import Body
from store import clock
from store.drafts import When

_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_AHEAD = timedelta(days=1)  # a caller's clock may be wrong, or keep its local time


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(
            "use 1 to 128 letters, digits and . _ : - for the id, and nothing personal such as an address"
        )
    return text


def _not_ahead(time: datetime) -> datetime:
    if time > clock.now() + _AHEAD:
        raise ValueError("lies more than a day ahead: send what has happened, with the time at which it did")
    return time


EventId = Annotated[str, AfterValidator(_id), Field(json_schema_extra={"pattern": rf"^{_ID.pattern}$"})]


class EventBody(Body):
    """Something that happened to a contact. Under the name of your key an `id` is one event, of one name and contact,
    and counts once: repeat a call when in doubt."""

    id: EventId | None = None
    name: Annotated[str, Field(max_length=100, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
    contact: NamedContact
    occurred_at: Annotated[When, AfterValidator(_not_ahead)] | None = None
    properties: dict[str, JsonValue] = Field(default_factory=dict)


class EventAccepted(BaseModel):
    """What became of it, in the same words alone and in a batch. `pending`: written, and delivered within minutes.

    `created` is false for an event that was known. `told`: running enrollments that heard of it now.
    """

    id: str = Field(description="The id that you gave; ours when you gave none")
    name: str
    contact_id: str | None
    status: Literal["created", "duplicate", "pending"]
    created: bool
    told: int
    started: list[str] = Field(description="Enrollments that began with it")
    warnings: list[Literal["unknown_event", "opted_out"]] = Field(
        description="`unknown_event`: stored, but no workflow knows it. `opted_out`: a grant changed nothing, "
        "because the contact refuses the topic"
    )


class EventBatch(Body):
    """Up to 1,000 events, each as `EventBody` has it."""

    events: list[Any] = entries(EventBody)


class EventEntry(EventAccepted, Indexed):
    """The result of one event."""


class EventsAccepted(BaseModel):
    """One result for each event, in order."""

    results: list[Annotated[EventEntry | InvalidEntry, Field(discriminator="status")]]
