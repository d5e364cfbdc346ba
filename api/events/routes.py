"""Events: what happens to contacts, told to the workflows that wait for it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from activities.enrolling import UnknownContact
from activities.routing import Happening, IdReused, Routed, Unrecorded
from api.access import By, Caller, beyond, needs
from api.errors import Problem, wrong_contact
from api.events.declared import check_declared, is_known
from api.events.schemas import EventAccepted, EventBody
from api.idempotency import IDEMPOTENT
from api.requests import KeyRoute
from api.schemas import problems
from api.services import Services, Use
from store import clock
from store.contacts import ConflictingIds, ContactDraft, ContactIds, OtherIds

router = APIRouter(prefix="/events", tags=["events"], route_class=KeyRoute)

_IDS = {"id", "external_id", "email"}
EXAMPLE = {
    "id": "order-1042",
    "name": "order.completed",
    "contact": {"email": "ada@example.com"},
    "properties": {"amount": "49.90", "currency": "EUR"},
}


@router.post(
    "",
    status_code=202,
    responses=problems(404, 409, body=True),
    dependencies=[needs("events"), IDEMPOTENT],
)
async def post_event(
    body: Annotated[EventBody, Body(openapi_examples={"an order": {"value": EXAMPLE}})], use: Use, caller: By
) -> EventAccepted:
    """Takes an event in: it is stored, told to the contact's runs, and starts workflows that begin with it.

    Without the scope `enroll` the contact is named by ids alone, and not changed.
    """
    happening = happening_of(use, caller, body)
    try:
        routed = await use.router.post(happening)
    except (ConflictingIds, UnknownContact, IdReused) as error:
        raise unrecorded(error, caller.may("read")) from error
    return EventAccepted(**taken(use, happening, routed))


def happening_of(use: Services, caller: Caller, body: EventBody) -> Happening:
    """The event as it is routed; a problem where it is not as it is declared, or says more than the caller may."""
    check_declared(use, body.name, body.properties)
    return Happening(
        external_id=body.id,
        reported_by=caller.name,
        name=body.name,
        contact=body.contact if caller.may("enroll") else _ids_of(body.contact),
        occurred_at=body.occurred_at or clock.now(),
        properties=body.properties,
    )


def taken(use: Services, happening: Happening, routed: Routed) -> dict[str, Any]:
    """What an answer says of one event, alone or in a batch."""
    return {
        "id": happening.external_id or routed.id,
        "name": happening.name,
        "contact_id": routed.contact_id,
        "status": "pending" if not routed.delivered else "created" if routed.created else "duplicate",
        "created": routed.created,
        "told": routed.told,
        "started": list(routed.started),
        "warnings": [
            *([] if is_known(use, happening.name) else ["unknown_event"]),
            *(["opted_out"] if routed.opted_out else []),
        ],
    }


def unrecorded(error: Unrecorded, reads: bool) -> Problem:
    """Why an event was not taken. What the key may not know, such as whose event an id is, is not in it."""
    match error:
        case IdReused():
            detail = "you gave it to an event of another contact or name; give each event an id of its own"
            return Problem(409, "event_id_reused", "This id belongs to another event", [("id", detail)])
        case OtherIds():
            why = "the contact is known and does not have it: leave it out, or"
            return beyond("enroll", [f"contact.{field}" for field in error.fields], why)
    return wrong_contact(error, "contact.", reads)


def _ids_of(contact: ContactDraft) -> ContactIds:
    """The contact's ids; a problem when more is said of it. Nothing at all about attributes and consent is not more."""
    given = contact.model_fields_set - _IDS
    said = [name for name in sorted(given) if getattr(contact, name) != {}]
    if said:
        why = "an event names its contact by ids alone: leave it out, or"
        raise beyond("enroll", [f"contact.{name}" for name in said], why)
    return ContactIds(**contact.model_dump(include=_IDS))
