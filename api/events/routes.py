"""Events: what happens to contacts, told to the workflows that wait for it."""

import difflib
from typing import Annotated, Any

from fastapi import APIRouter, Body

from activities.routing import Happening, Routed
from api.access import Reporter, needs
from api.errors import Problem, contact_at
from api.events.schemas import EventAccepted, EventBody
from api.idempotency import IDEMPOTENT
from api.requests import KeyRoute
from api.schemas import problems
from api.services import Services, Use
from store import clock
from store.ids import new_id
from workflows import events
from workflows.kit.events import EventType

router = APIRouter(prefix="/events", tags=["events"], route_class=KeyRoute)

_DECLARED = frozenset(known.name for known in vars(events).values() if isinstance(known, EventType))
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
    body: Annotated[EventBody, Body(openapi_examples={"an order": {"value": EXAMPLE}})],
    use: Use,
    reporter: Reporter,
) -> EventAccepted:
    """Takes an event in: it is stored, told to the contact's runs, and starts workflows that begin with it."""
    happening = happening_of(use, body, reporter)
    with contact_at("contact."):
        routed = await use.router.post(happening)
    return EventAccepted(
        status="accepted" if routed.created else "duplicate", **taken(use, happening, routed)
    )


def happening_of(use: Services, body: EventBody, reporter: str) -> Happening:
    """The event as it is routed; a problem where only declared names are taken and this is none."""
    if use.settings.events_strict and not _known(use, body.name):
        raise _undeclared(use, body.name)
    return Happening(
        id=body.id or new_id("evt"),
        name=body.name,
        contact=body.contact,
        occurred_at=body.occurred_at or clock.now(),
        properties=body.properties,
        reported_by=reporter,
    )


def taken(use: Services, happening: Happening, routed: Routed) -> dict[str, Any]:
    """What an answer says of one event."""
    return {
        "id": happening.id,
        "name": happening.name,
        "contact_id": routed.contact_id,
        "created": routed.created,
        "told": routed.told,
        "started": list(routed.started),
        "warnings": [
            *([] if _known(use, happening.name) else ["unknown_event"]),
            *(["opted_out"] if routed.opted_out else []),
        ],
    }


def _known(use: Services, name: str) -> bool:
    return name in _DECLARED or use.router.knows(name)


def _undeclared(use: Services, name: str) -> Problem:
    names = _DECLARED.union(*(listed.events | listed.starts_on for listed in use.catalogue.values()))
    near = difflib.get_close_matches(name, names, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    detail = f"is not declared{meant}: declare it in workflows/events.py, or unset CADENCIA_EVENTS_STRICT"
    return Problem(422, "unknown_event", "No such event", [("name", detail)])
