"""Events: what happens to contacts, told to the workflows that wait for it."""

from typing import Annotated

from fastapi import APIRouter, Body

from activities.routing import Happening
from api.access import needs
from api.errors import contact_at
from api.events.schemas import EventAccepted, EventBody
from api.requests import KeyRoute
from api.schemas import problems
from api.services import Services, Use
from store import clock
from store.ids import new_id
from workflows import events
from workflows.kit.events import EventType

router = APIRouter(prefix="/events", tags=["events"], route_class=KeyRoute)

_DECLARED = frozenset(known.name for known in vars(events).values() if isinstance(known, EventType))
_EXAMPLE = {
    "id": "order-1042",
    "name": "order.completed",
    "contact": {"email": "ada@example.com"},
    "properties": {"amount": "49.90", "currency": "EUR"},
}


@router.post("", status_code=202, responses=problems(404, 409, body=True), dependencies=[needs("events")])
async def post(
    body: Annotated[EventBody, Body(openapi_examples={"an order": {"value": _EXAMPLE}})], use: Use
) -> EventAccepted:
    """Takes an event in: it is stored, told to the contact's runs, and starts workflows that begin with it."""
    happening = Happening(
        id=body.id or new_id("evt"),
        name=body.name,
        contact=body.contact,
        occurred_at=body.occurred_at or clock.now(),
        properties=body.properties,
    )
    with contact_at("contact."):
        routed = await use.router.post(happening)
    return EventAccepted(
        id=happening.id,
        name=happening.name,
        contact_id=routed.contact_id,
        status="accepted" if routed.created else "duplicate",
        created=routed.created,
        told=routed.told,
        started=list(routed.started),
        warnings=[] if _known(use, body.name) else ["unknown_event"],
    )


def _known(use: Services, name: str) -> bool:
    return name in _DECLARED or any(
        name in listed.events | listed.starts_on for listed in use.catalogue.values()
    )
