"""Calls to the HTTP API, so that the command line sees what every caller sees."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from cli.output import Failure
from worker import settings as configuration
from worker.settings import Settings

_AT_ONCE = 8  # questions of one command
_PATIENCE = 3.0  # seconds


class Unreachable(Failure):
    """The API does not answer, or what it needs to answer is away."""


class Refused(Failure):
    """The API answered with a problem; `code` is the last part of its `type`."""

    def __init__(self, line: str, code: str) -> None:
        super().__init__(line)
        self.code = code


def call(method: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
    """The answer's JSON. Raises `Failure`, or `Unreachable`, with the problem in one line."""
    settings = configuration.load()
    asked = {name: value for name, value in (query or {}).items() if value is not None}
    try:
        answer = httpx.request(
            method,
            settings.api_url + path,
            json=body,
            params=asked,
            headers={"Authorization": f"Bearer {_key(settings)}"},
            timeout=30,
        )
    except httpx.HTTPError as error:
        raise Unreachable(
            f"The API at {settings.api_url} does not answer ({_why(error)}): start it with `cadencia up`, "
            "or set CADENCIA_API_URL"
        ) from error
    if answer.is_success:
        return answer.json() if answer.content else None
    if answer.status_code == 503:
        raise Unreachable(problem(answer))
    raise Refused(problem(answer), _code(answer))


def ask_all(paths: Sequence[str]) -> dict[str, Any]:
    """The answers of those paths that answer well within 3 seconds together, by path; of the others nothing."""
    return asyncio.run(_ask_all(paths)) if paths else {}


async def _ask_all(paths: Sequence[str]) -> dict[str, Any]:
    settings = configuration.load()
    headers = {"Authorization": f"Bearer {_key(settings)}"}
    limits = httpx.Limits(max_connections=_AT_ONCE)
    timeout = httpx.Timeout(_PATIENCE, pool=None)
    async with httpx.AsyncClient(
        base_url=settings.api_url, headers=headers, limits=limits, timeout=timeout
    ) as http:
        questions = {path: asyncio.ensure_future(http.get(path)) for path in paths}
        await asyncio.wait(questions.values(), timeout=_PATIENCE)
        for question in questions.values():
            question.cancel()
        await asyncio.gather(*questions.values(), return_exceptions=True)
    return {
        path: question.result().json()
        for path, question in questions.items()
        if not question.cancelled() and not question.exception() and question.result().is_success
    }


def _key(settings: Settings) -> str:
    if settings.api_key:
        return settings.api_key.get_secret_value()
    try:
        return settings.api_key_file.read_text().strip()
    except OSError as error:
        raise Failure(
            f"No API key: set CADENCIA_API_KEY (`cadencia up` and `cadencia keys create` make keys); "
            f"there is none in {settings.api_key_file}"
        ) from error


def _why(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["type"]).rpartition(":")[2]
    except (ValueError, KeyError, TypeError):
        return ""


def problem(answer: httpx.Response) -> str:
    """RFC 9457 problem details in one line: what is wrong, then field and remedy."""
    try:
        fields = answer.json()
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or "title" not in fields:
        return f"The API answered {answer.status_code} {answer.reason_phrase}: see CADENCIA_API_URL"
    title = str(fields["title"])
    details = "; ".join(_detail(one) for one in fields.get("errors") or [])
    return f"{title}: {details}" if details else title


def _detail(error: dict[str, str]) -> str:
    """A field of the body is named; what stands in the path was an argument of the command."""
    in_path = error["field"] in ("id", "workflow")
    return error["detail"] if in_path else f"{error['field']}: {error['detail']}"
