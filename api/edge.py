"""Around every request: its id, what no route should see, an answer whatever goes wrong, and a note of it."""

import re
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import MAX_BATCH, MAX_BODY, Problem, answer, too_large
from api.metrics.latencies import route_of
from api.public import pages
from api.services import Services
from store.ids import new_id

log = structlog.get_logger("cadencia.access")
_COMPRESSED_FROM = 1000  # bytes
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Edge:
    """ASGI middleware. It answers exceptions itself, so that none reaches the server's own error page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, method = time.perf_counter(), scope["method"]
        if method == "HEAD" and not pages.serves(scope["path"]):  # those have answers of their own to it
            scope = {**scope, "method": "GET"}  # the server sends no body
        request = Request(scope, receive)
        given = request.headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req")
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                if scope["path"].startswith("/v1/"):
                    headers["Cache-Control"] = "no-store"  # all of it may be about people
                _note(scope, method, message["status"], time.perf_counter() - began)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                _refuse_nul(scope)
                await self._app(scope, _limited(request, receive), send_on)
            except Exception as error:
                if begun:
                    raise
                await answer(request, error)(scope, receive, send_on)


class Compressed:
    """ASGI middleware: gzip for programs. What people open by a secret address stays as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, minimum_size=_COMPRESSED_FROM, compresslevel=4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and pages.serves(scope["path"])
        await (self._plain if is_page else self._compressed)(scope, receive, send)


def _note(scope: Scope, method: str, status: int, seconds: float) -> None:
    """One line and one measurement. Nothing personal: a route for an address, no query, no client."""
    services: Services = scope["app"].state.services
    route = route_of(scope)
    services.metrics.latencies.answered(method, route, status, seconds)
    key = scope.get("state", {}).get("key")
    log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000), key=key)


def _limited(request: Request, receive: Receive) -> Receive:
    """Reads no more of a body than is allowed: none, when it says itself that it is too large."""
    said = request.headers.get("content-length", "")
    most = MAX_BATCH if request.url.path.endswith("/batch") else MAX_BODY
    read = 0

    async def receive_on() -> Message:
        nonlocal read
        if said.isdigit() and int(said) > most:
            raise too_large(most)
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise too_large(most)
        return message

    return receive_on


def _refuse_nul(scope: Scope) -> None:
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        raise Problem(
            400, "unreadable", "The address cannot be read", [("path", "remove the NUL characters")]
        )
