"""Calls to the HTTP API, so that the command line sees what every caller sees."""

from collections.abc import Mapping
from typing import Any

import httpx

from cli.output import Failure
from worker import settings as configuration
from worker.settings import Settings


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
