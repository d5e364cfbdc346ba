"""Opens and clicks: the first of each message counts, and recording never stands in a reader's way."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request

from activities.routing import Happening
from api.public.scanners import is_machine
from api.services import Services
from store import clock
from store.events import Events
from store.messages import Messages
from store.tables import Event

_PATIENCE = 2.0  # seconds that a reader waits for us to write

log = structlog.get_logger()
Kind = Literal["open", "click"]
_NAMES: dict[Kind, str] = {"open": "email.opened", "click": "email.clicked"}


async def noted(
    use: Services, request: Request, kind: Kind, message_id: str, properties: Mapping[str, Any]
) -> BackgroundTask:
    """Writes the event, for 2 s at most. What is left to do is done after the answer: the task returned."""
    machine = is_machine(request)
    event_id = f"{kind}:{message_id}" + (":machine" if machine else "")
    writing = asyncio.create_task(_write(use, kind, event_id, message_id, machine, properties))
    await asyncio.wait({writing}, timeout=_PATIENCE)
    return BackgroundTask(_finish, use, event_id, writing)


async def _write(
    use: Services, kind: Kind, event_id: str, message_id: str, machine: bool, properties: Mapping[str, Any]
) -> Event | None:
    """The event, when it is the first of its kind for the message."""
    async with use.database.read() as session:
        if await Events(session).get(event_id):
            return None
    async with use.database.begin() as session:
        messages = Messages(session)
        message = await messages.get(message_id)
        if message is None:
            log.info("a link of a message that is gone was followed", event_id=event_id)
            return None
        now = clock.now()
        if not machine:
            await (messages.opened if kind == "open" else messages.clicked)(message_id, now)
        happening = Happening(
            id=event_id,
            name=_NAMES[kind],
            contact=message.contact_id,
            occurred_at=now,
            message_id=message_id,
            machine=machine,
            properties=properties,
        )
        recorded = await use.router.write(session, happening)
        return recorded.event if recorded.created else None


async def _finish(use: Services, event_id: str, writing: asyncio.Task[Event | None]) -> None:
    """Tells the runs. What was written and cannot be delivered now is swept up later."""
    try:
        event = await writing
    except Exception as error:
        log.error("an event of a mail was not recorded", event_id=event_id, error=type(error).__name__)
        return
    try:
        if event:
            await use.router.deliver(event)
    except Exception as error:
        log.warning("an event of a mail is delivered later", event_id=event_id, error=type(error).__name__)
