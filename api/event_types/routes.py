"""Event types: what may happen, and which workflows care."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.access import needs
from api.events.declared import kind_name
from api.requests import KeyRoute
from api.schemas import Page, problems
from api.services import Use
from workflows.kit.events import declared

router = APIRouter(prefix="/event-types", tags=["events"], route_class=KeyRoute)


class EventTypeView(BaseModel):
    """A declared event. A `decimal` is text such as `"49.90"`, a `time` RFC 3339."""

    name: str
    properties: dict[str, str] = Field(description="Their types, by name")
    awaited_by: list[str] = Field(description="Workflows whose runs are told of it")
    starts: list[str] = Field(description="Workflows that begin with it")


@router.get("", responses=problems(), dependencies=[needs("read")])
async def list_event_types(use: Use) -> Page[EventTypeView]:
    """Every declared event, by name."""
    catalogue = use.catalogue.values()
    return Page(
        data=[
            EventTypeView(
                name=name,
                properties={key: kind_name(kind) for key, kind in event.properties.items()},
                awaited_by=[listed.slug for listed in catalogue if name in listed.events],
                starts=[listed.slug for listed in catalogue if name in listed.starts_on],
            )
            for name, event in declared().items()
        ]
    )
