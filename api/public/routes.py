"""Where the signed links of mails lead: unsubscribing, clicks, opens. No key is needed, and no cookie set."""

import base64
from datetime import timedelta
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from activities.catalogue import UNSUBSCRIBED
from activities.enrolling import MARKETING
from activities.recording import BY_LINK, Happening
from api.public import pages
from api.public.tracking import noted
from api.services import Services, Use
from store import clock
from store.consents import Consents, Report
from store.contacts import ConsentGrant, Contacts
from store.ids import new_id
from store.tables import Event

router = APIRouter(tags=["public"])
log = structlog.get_logger()

_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
_ANEW = timedelta(minutes=1)  # clicks that follow each other so closely are one refusal
_REDIRECTS: dict[int | str, dict[str, Any]] = {
    302: {
        "description": "On to the link's target",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
    },
    **pages.ANSWERS,
}


@router.head("/u/{token}", include_in_schema=False)
@router.get("/u/{token}", response_class=HTMLResponse, responses=pages.ANSWERS)
async def show_unsubscribe(token: str, use: Use) -> HTMLResponse:
    """A page with a button. Looking at it changes nothing."""
    link = use.links.read_unsubscribe(token)
    if link is None:
        return pages.trouble(404)
    async with use.database.read() as session:
        contact = await Contacts(session).get(link.contact_id)
    return pages.ask(contact.locale if contact else "en", use.company)


@router.post("/u/{token}", response_class=HTMLResponse, responses=pages.ANSWERS)
async def unsubscribe(token: str, use: Use) -> HTMLResponse:
    """Unsubscribes at once, as the button and as RFC 8058 one-click. Repeating it is success."""
    link = use.links.read_unsubscribe(token)
    if link is None:
        return pages.trouble(404)
    locale, event = "en", None
    async with use.database.begin() as session:
        contact = await Contacts(session).lock(link.contact_id)
        if contact:
            locale = contact.locale
            consents = Consents(session)
            counted = (await consents.counted(contact.id)).get(MARKETING)
            if counted is None or counted.refused_at is None:
                # A new id each time: who subscribed again may unsubscribe again, by the same link.
                happening = Happening(
                    id=new_id("unsub"),
                    name=UNSUBSCRIBED,
                    contact=contact.id,
                    message_id=link.message_id,
                )
                event = (await use.router.write(session, happening)).event
            elif clock.now() - counted.refused_at > _ANEW:
                # A new opt-in that is older than this click, and reported later, must not count.
                refusal = ConsentGrant(granted=False, source=BY_LINK, at=clock.now())
                await consents.record(contact.id, Report({MARKETING: refusal}))
    page = pages.done(locale, use.company)
    page.background = BackgroundTask(_deliver, use, event) if event else None
    return page


@router.head("/c/{token}", include_in_schema=False)
@router.get("/c/{token}", response_class=RedirectResponse, status_code=302, responses=_REDIRECTS)
async def follow_link(token: str, request: Request, use: Use) -> Response:
    """Goes on to the link's target, which is part of what is signed; the first click of a message counts."""
    link = use.links.read_click(token)
    if link is None:
        return pages.trouble(404)
    rest = await noted(use, request, "click", link.message_id, {"url": link.target})
    return RedirectResponse(link.target, 302, _NO_STORE, rest)


@router.head("/o/{token}.gif", include_in_schema=False)
@router.get("/o/{token}.gif", response_class=Response, responses=pages.ANSWERS)
async def note_opened(token: str, request: Request, use: Use) -> Response:
    """A picture of one pixel; the first time that a message is opened counts."""
    message_id = use.links.read_open(token)
    if message_id is None:
        return pages.trouble(404)
    rest = await noted(use, request, "open", message_id, {})
    return Response(_GIF, 200, _NO_STORE, "image/gif", rest)


async def _deliver(use: Services, event: Event) -> None:
    """Tells the runs. Nothing more is sent meanwhile: the consent is withdrawn already."""
    try:
        await use.router.deliver(event)
    except Exception as error:
        log.warning("an unsubscription is delivered later", event_id=event.id, error=type(error).__name__)
