"""Messages: what was sent, to whom, in which version, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import By, needs
from api.errors import Problem, not_found
from api.messages.schemas import MessageFilter, MessageView, ResolveBody, ResolvedView
from api.requests import KeyRoute
from api.schemas import Page, problems
from api.services import Use
from store.messages import Messages

router = APIRouter(prefix="/messages", tags=["messages"], route_class=KeyRoute)


@router.get("", responses=problems(), dependencies=[needs("read")])
async def list_messages(wanted: Annotated[MessageFilter, Query()], use: Use) -> Page[MessageView]:
    """Messages, newest first."""
    async with use.database.read() as session:
        rows, cursor = await Messages(session).page(**wanted.model_dump())
        return Page(data=[MessageView.model_validate(row) for row in rows], next_cursor=cursor)


@router.post("/{id}/resolve", responses=problems(404, 409, body=True), dependencies=[needs("operate")])
async def resolve_message(id: str, body: ResolveBody, use: Use, caller: By) -> MessageView | ResolvedView:
    """Tells what became of a message that was `unknown`. It is not sent again, whatever that is. May be repeated."""
    async with use.database.begin() as session:
        messages = Messages(session)
        await messages.resolve(id, body.status)
        message = await messages.get(id)
        if message is None:
            raise not_found("message")
        if message.status != body.status:
            raise Problem(
                409,
                "not_unknown",
                "What became of it is known",
                [("id", f"this message is {message.status}")],
            )
        shown = MessageView if caller.may("read") else ResolvedView
        return shown.model_validate(message)
