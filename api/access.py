"""Who calls, and what they may do: bearer keys with scopes."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.requests import Request

from api.errors import Problem
from store import clock
from store.database import Database
from store.keys import Keys
from store.tables import ApiKey

REMEMBERED = 3.0  # seconds that a key is believed without asking the database: so soon a revocation works
_MOST = 10_000
_TOUCH_EVERY = timedelta(minutes=1)
_scheme = HTTPBearer(auto_error=False, description="An API key: `cadencia keys create NAME --scope …`")


@dataclass(frozen=True)
class Caller:
    """A key that was accepted."""

    id: str
    name: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return scope in self.scopes or "admin" in self.scopes


class Callers:
    """Keys, looked up in the database and remembered for seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[Caller, float]] = {}
        self._lookups: dict[bytes, asyncio.Task[Caller | None]] = {}

    def known(self, secret: str) -> str | None:
        """Whose key this was when it was last looked up: enough to say whose share of the work a call is."""
        caller, _ = self._known.get(_digest(secret), (None, 0.0))
        return caller.id if caller else None

    def looks_up(self, secret: str) -> bool:
        """Whether this key is being looked up: to ask for it too costs nothing."""
        return _digest(secret) in self._lookups

    async def by_secret(self, secret: str) -> Caller | None:
        digest = _digest(secret)
        caller, until = self._known.get(digest, (None, 0.0))
        if caller and time.monotonic() < until:
            return caller
        lookup = self._lookups.get(digest)
        if lookup is None:
            lookup = self._lookups[digest] = asyncio.create_task(self._look_up(secret, digest))
            lookup.add_done_callback(lambda _: self._lookups.pop(digest, None))
        return await asyncio.shield(lookup)

    async def _look_up(self, secret: str, digest: bytes) -> Caller | None:
        async with self._database.read() as session:
            key = await Keys(session).by_secret(secret)
        if key is None:
            self._known.pop(digest, None)
            return None
        await self._touch(key)
        if len(self._known) >= _MOST:
            self._known.clear()
        caller = Caller(key.id, key.name, frozenset(key.scopes))
        self._known[digest] = (caller, time.monotonic() + REMEMBERED)
        return caller

    async def _touch(self, key: ApiKey) -> None:
        """Notes the use, to the minute: a write per request would cost more than it tells."""
        if key.last_used_at is None or clock.now() - key.last_used_at > _TOUCH_EVERY:
            async with self._database.begin() as session:
                await Keys(session).touch(key.id)


def secret_in(headers: Headers) -> str:
    """The bearer key that a call brings; empty without one."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


async def authenticate(request: Request) -> Caller:
    """The caller of this request; a problem 401 without a valid key."""
    secret = secret_in(request.headers)
    if not secret:
        raise _unauthorised("send your API key: Authorization: Bearer cad_…", "")
    callers: Callers = request.app.state.services.callers
    caller = await callers.by_secret(secret)
    if caller is None:
        raise _unauthorised("this key is unknown, expired or revoked; use another", ', error="invalid_token"')
    return caller


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


By = Annotated[Caller, Depends(_caller)]
"""Who calls, for a route that asks."""


def needs(scope: str) -> Any:
    """A dependency: the caller's key must have this scope."""

    async def check(request: Request, _: Annotated[object, Security(_scheme)]) -> None:
        caller: Caller = request.state.caller
        if not caller.may(scope):
            has = ", ".join(sorted(caller.scopes)) or "none"
            raise beyond(scope, ["Authorization"], f"this key has the scopes {has};")

    named: Callable[..., Awaitable[None]] = check
    return Depends(named)


def beyond(scope: str, fields: Iterable[str], why: str) -> Problem:
    """These fields of a call ask for more than the caller's scopes."""
    detail = f"{why} use a key with the scope {scope}"
    return Problem(403, "wrong_scope", f"This needs the scope {scope}", [(field, detail) for field in fields])


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _unauthorised(detail: str, extra: str) -> Problem:
    challenge = {"WWW-Authenticate": f'Bearer realm="cadencia"{extra}'}
    return Problem(401, "unauthorised", "A valid API key is needed", [("Authorization", detail)], challenge)
