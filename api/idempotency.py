"""`Idempotency-Key`: a repeated call is given the answer of the first, whatever became of the connection."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import structlog
from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from activities.together import Together
from api.errors import Problem
from store.database import Database
from store.idempotency import LEASE, Answer, Claim, IdempotencyKeys, Verdict
from store.ids import new_id

HEADER = "Idempotency-Key"
_TOGETHER = 50
_RETRY_AFTER = "1"  # seconds
_KEY = r"^[!-~]{1,255}$"

log = structlog.get_logger()


async def _documented(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            pattern=_KEY,
            description="A name for this call: repeated within 24 h with the same body, it is given the same answer",
        ),
    ] = None,
) -> None:
    """What it does is done before the body is looked at: this tells of it."""


IDEMPOTENT = Depends(_documented)


class Idempotency:
    """Once per API key, route and `Idempotency-Key`. Only what succeeded is kept: the rest may be tried again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claiming = Together(self._claim_all, _TOGETHER)
        self._saving = Together(self._save_all, _TOGETHER)

    async def once(
        self, request: Request, api_key_id: str, body: Any, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        """The answer of `work`, or the one that it gave before."""
        key = request.headers[HEADER]
        if not re.fullmatch(_KEY, key):
            detail = "use 1 to 255 printable ASCII characters, without spaces; a UUID is a good one"
            raise Problem(422, "wrong_fields", "The key cannot be used", [(HEADER, detail)])
        claim = Claim(api_key_id, f"{request.method} {request.url.path}", key, _digest(body), new_id("call"))
        match await self._claiming(claim):
            case "other_body":
                raise _reused()
            case "running":
                raise _running()
            case Answer() as answer:
                replayed = {"Idempotent-Replayed": "true"}
                return Response(answer.body, answer.status, replayed, "application/json")
        try:
            response = await work()
        except Exception:
            await self._free(claim)
            raise
        await self._save(claim, response)
        return response

    async def _save(self, claim: Claim, response: Response) -> None:
        try:
            if response.status_code < 300:
                await self._saving((claim, Answer(response.status_code, bytes(response.body).decode())))
            else:
                await self._free(claim)
        except Exception as error:  # the work is done: its answer must not be lost
            log.warning("an answer could not be kept", error=type(error).__name__)

    async def _free(self, claim: Claim) -> None:
        """When even this fails, the key is free after its lease."""
        try:
            async with self._database.begin() as session:
                await IdempotencyKeys(session).free(claim)
        except Exception as error:
            log.warning("an idempotency key is freed later", after=LEASE, error=type(error).__name__)

    async def _claim_all(self, claims: Sequence[Claim]) -> list[Verdict]:
        async with self._database.begin() as session:
            return await IdempotencyKeys(session).claim(claims)

    async def _save_all(self, answers: Sequence[tuple[Claim, Answer]]) -> list[None]:
        async with self._database.begin() as session:
            await IdempotencyKeys(session).save(answers)
        return [None] * len(answers)


def _digest(body: Any) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _reused() -> Problem:
    detail = "this key came with another body before; use a new key for a new call"
    return Problem(422, "key_reused", "The key belongs to another call", [(HEADER, detail)])


def _running() -> Problem:
    detail = f"the first call with this key is still running; repeat it after {_RETRY_AFTER} s"
    headers = {"Retry-After": _RETRY_AFTER}
    return Problem(409, "still_running", "The call is under way", [(HEADER, detail)], headers)
