"""Up to 1,000 events in one call."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Response

from activities.routing import Happening, Routed, Unrecorded
from api.access import By, needs
from api.batches import WITHIN, InvalidEntry, read_each
from api.errors import Problem
from api.events.routes import EXAMPLE, happening_of, taken, unrecorded
from api.events.schemas import EventBatch, EventBody, EventEntry, EventsAccepted
from api.idempotency import IDEMPOTENT
from api.requests import KeyRoute
from api.schemas import problems
from api.services import Services, Use

router = APIRouter(prefix="/events", tags=["events"], route_class=KeyRoute)


@router.post(
    "/batch",
    status_code=202,
    response_model=EventsAccepted,
    responses=problems(404, 409, body=True),
    dependencies=[needs("events"), IDEMPOTENT],
)
async def post_event_batch(
    body: Annotated[EventBatch, Body(openapi_examples={"one": {"value": {"events": [EXAMPLE]}}})],
    use: Use,
    caller: By,
) -> Response:
    """Takes each event in as the single call does, and answers within 10 s.

    One contact's events are told in their order here. One that is wrong is `invalid` and leaves the others alone;
    one that could not be delivered in time is `pending`, and delivered without another call.
    """
    until = asyncio.get_running_loop().time() + WITHIN
    entries = await read_each(
        body.events, lambda raw: happening_of(use, caller, EventBody.model_validate(raw))
    )
    good = [entry for entry in entries if isinstance(entry, Happening)]
    within = until - asyncio.get_running_loop().time()
    routed = iter(await use.router.post_all(good, within) if good else [])
    results = [
        InvalidEntry(index=at, problem=entry.body)
        if isinstance(entry, Problem)
        else _result(use, at, entry, next(routed), caller.may("read"))
        for at, entry in enumerate(entries)
    ]
    return Response(EventsAccepted(results=results).model_dump_json(), 202, media_type="application/json")


def _result(
    use: Services, at: int, happening: Happening, one: Routed | Unrecorded, reads: bool
) -> EventEntry | InvalidEntry:
    if not isinstance(one, Routed):
        return InvalidEntry(index=at, problem=unrecorded(one, reads).body)
    return EventEntry(index=at, **taken(use, happening, one))
