"""The HTTP side: the page, and the mails as JSON."""

import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BeforeValidator

from worker.catcher import mailfile
from worker.catcher.message import Message, Summary
from worker.catcher.safety import MAIL_POLICY, add_guard, framed
from worker.catcher.store import MailStore

_PAGE = Path(__file__).parent / "page"


def _store(request: Request) -> MailStore:
    store: MailStore = request.app.state.store
    return store


def _when(text: object) -> object:
    """Empty means any time; a `+` of a zone that was not escaped arrives as a space."""
    return re.sub(r" (?=\d\d:?\d\d$)", "+", text) or None if isinstance(text, str) else text


def _query(
    to: Annotated[str | None, Query(description="A recipient, whole, in any case")] = None,
    search: Annotated[str | None, Query(description="A part of recipients or subject")] = None,
    since: Annotated[
        datetime | None, BeforeValidator(_when), Query(description="Received then or later")
    ] = None,
) -> mailfile.Query:
    return mailfile.Query(to=to, search=search, since=since)


Store = Annotated[MailStore, Depends(_store)]
Chosen = Annotated[mailfile.Query, Depends(_query)]

router = APIRouter()


@router.get("/api/messages", response_model=list[Summary])
async def list_messages(
    store: Store, chosen: Chosen, limit: Annotated[int | None, Query(ge=1)] = None
) -> StreamingResponse:
    """Newest first; all that match, unless there is a limit."""
    return StreamingResponse(_json(store.summaries(chosen, limit)), media_type="application/json")


@router.delete("/api/messages", status_code=204)
async def delete_messages(store: Store, chosen: Chosen) -> None:
    await store.delete(chosen)


@router.get("/api/messages/{mail_id}")
async def get_message(store: Store, mail_id: str) -> Message:
    return await _message(store, mail_id)


@router.get("/api/messages/{mail_id}/raw")
async def get_raw(store: Store, mail_id: str) -> Response:
    raw = await store.raw(mail_id)
    if raw is None:
        raise _unknown(mail_id)
    return Response(raw, media_type="text/plain", headers={"Content-Security-Policy": "sandbox"})


@router.get("/api/messages/{mail_id}/html")
async def get_html(store: Store, mail_id: str) -> HTMLResponse:
    """The HTML part as the page frames it: nothing in it runs, and its links open in a new tab."""
    message = await _message(store, mail_id)
    return HTMLResponse(framed(message.html), headers={"Content-Security-Policy": MAIL_POLICY})


@router.get("/healthz")
async def healthz(store: Store) -> dict[str, str]:
    await store.check()
    return {"status": "ok"}


@router.get("/", include_in_schema=False)
async def index(request: Request) -> HTMLResponse:
    page = (_PAGE / "index.html").read_text("utf-8")
    return HTMLResponse(page.replace("{{ smtp }}", request.app.state.smtp))


def create_app(store: MailStore, *, host: str, smtp: str) -> FastAPI:
    """`host` is what the server listens on; `smtp` is where mails go, as the page tells it."""
    app = FastAPI(title="Cadencia mail catcher", docs_url=None, redoc_url=None)
    app.state.store, app.state.smtp = store, smtp
    app.include_router(router)
    app.add_exception_handler(sqlite3.Error, _unavailable)
    app.mount("/page", StaticFiles(directory=_PAGE))
    add_guard(app, host)
    return app


async def _unavailable(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": f"The mails cannot be read: {error}"}, 503)


async def _message(store: MailStore, mail_id: str) -> Message:
    message = await store.message(mail_id)
    if message is None:
        raise _unknown(mail_id)
    return message


def _unknown(mail_id: str) -> HTTPException:
    return HTTPException(404, f"There is no mail {mail_id}.")


async def _json(pages: AsyncIterator[list[Summary]]) -> AsyncIterator[str]:
    before = "["
    async for page in pages:
        for summary in page:
            yield before + summary.model_dump_json()
            before = ","
    yield "[]" if before == "[" else "]"
