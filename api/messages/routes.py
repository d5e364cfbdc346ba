"""Messages: what was sent, to whom, in which version, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import needs
from api.messages.schemas import MessageFilter, MessageView
from api.requests import KeyRoute
from api.schemas import Page, problems
from api.services import Use
from store.messages import Messages

router = APIRouter(prefix="/messages", tags=["messages"], route_class=KeyRoute)


@router.get("", responses=problems(), dependencies=[needs("read")])
async def find(wanted: Annotated[MessageFilter, Query()], use: Use) -> Page[MessageView]:
    """Messages, newest first."""
    async with use.database.read() as session:
        rows, cursor = await Messages(session).page(**wanted.model_dump())
        return Page(data=[MessageView.model_validate(row) for row in rows], next_cursor=cursor)
