"""The way to `/v1`: calls are refused before anything is done for them, or go on with caller known and body read."""

import asyncio

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import authenticate, secret_in
from api.admission import BATCH, Admission
from api.errors import Problem, as_bytes
from api.queueing import Queue, Refused, Turn
from api.services import Services

READ_WITHIN = 30.0  # seconds for a body to come
_RETRY_AFTER = "1"  # seconds


class Gate:
    """ASGI middleware. The key is looked at and the work admitted before the body is read, and again when it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        try:
            await self._admitted(scope, receive, send)
        except Refused as refused:
            await _refuse(refused.status, send)
        except ClientDisconnect:
            return

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        services: Services = scope["app"].state.services
        admission = services.admission
        weight = BATCH if scope["path"].endswith("/batch") else 1
        key = scope.setdefault("state", {})["key"] = await _key(services, scope)
        admission.working.check(key, weight)
        with admission.reading.held(key, weight):
            scope["state"]["caller"] = await authenticate(Request(scope))
            body = await _read(receive)
        turn = scope["state"]["turn"] = await _turn(admission.working, key, weight, receive)
        await self._in_hand(admission, turn, scope, _again(body, receive), send)

    async def _in_hand(
        self, admission: Admission, turn: Turn, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Until the answer is there: who takes long to read it holds up nobody."""

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                admission.end(turn, well=message["status"] < 400)
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            admission.end(turn, well=False)


async def _key(services: Services, scope: Scope) -> str:
    """Whose call it is: from memory, or else looked up, which keys that nobody made may not do at others' expense."""
    secret = secret_in(Headers(scope=scope))
    known = services.callers.known(secret)
    if known:
        return known
    if services.callers.looks_up(secret):
        return (await authenticate(Request(scope))).id
    with services.admission.strangers.held(secret, 1):
        return (await authenticate(Request(scope))).id


async def _turn(queue: Queue, key: str, weight: int, receive: Receive) -> Turn:
    """The call's turn, when it comes. Raises Refused, and ClientDisconnect when the caller hangs up before."""
    if turn := queue.turn_now(key, weight):
        return turn
    hung_up = asyncio.ensure_future(_hung_up(receive))
    try:
        turn = await queue.turn(key, weight, hung_up)
    finally:
        hung_up.cancel()
    if turn is None:
        raise ClientDisconnect
    return turn


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(receive: Receive) -> bytes:
    """The whole body. Raises ClientDisconnect, and a problem 408 when it does not come."""
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(READ_WITHIN):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise _too_slow() from None


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body in one piece, then what else there is to hear of the client."""
    given = False

    async def receive_on() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_on


def _too_slow() -> Problem:
    detail = f"send all of it within {READ_WITHIN:.0f} s; nothing was done, it is safe to repeat the call"
    return Problem(408, "too_slow", "The body does not come", [("body", detail)], {"Connection": "close"})


def _refusal(status: int, code: str, title: str, remedy: str) -> tuple[Message, Message]:
    detail = f"{remedy}; nothing was done, repeat it after {_RETRY_AFTER} s"
    body = as_bytes(Problem(status, code, title, [("Authorization", detail)]))
    headers = {
        "content-type": "application/problem+json",
        "content-length": str(len(body)),
        "retry-after": _RETRY_AFTER,
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return (
        {"type": "http.response.start", "status": status, "headers": raw},
        {"type": "http.response.body", "body": body},
    )


_REFUSALS = {
    429: _refusal(
        429, "too_many", "This key has too much in hand", "wait for answers before you ask for more"
    ),
    503: _refusal(503, "full", "The API has too much in hand", "it is safe to repeat the call"),
}


async def _refuse(status: int, send: Send) -> None:
    start, body = _REFUSALS[status]
    await send({**start, "headers": [*start["headers"]]})  # others add headers of their own
    await send(body)
