"""Calls to the HTTP API, so that the command line sees what every caller sees."""

from collections.abc import Mapping
from typing import Any

import httpx

from cli.output import Failure
from worker import settings as configuration
from worker.settings import Settings


def call(method: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
    """The answer's JSON. Raises `Failure` with the problem in one line, and one for each field that is wrong."""
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
        raise Failure(
            f"The API at {settings.api_url} does not answer ({_why(error)}): start it with `cadencia up`, "
            "or set CADENCIA_API_URL"
        ) from error
    if answer.is_success:
        return answer.json() if answer.content else None
    raise Failure(*problem(answer))


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


def problem(answer: httpx.Response) -> list[str]:
    """RFC 9457 problem details as lines for people."""
    try:
        fields = answer.json()
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return [f"The API answered {answer.status_code} {answer.reason_phrase}"]
    wrong = [_field(one) for one in fields.get("errors") or [] if isinstance(one, dict)]
    text = fields.get("detail") or fields.get("title") or answer.reason_phrase
    remedy = f" {fields['remedy']}" if fields.get("remedy") else ""
    again = answer.headers.get("Retry-After")
    later = f" Try again in {again} s." if again else ""
    return wrong or [f"{text}{remedy}{later}"]


def _field(error: Mapping[str, Any]) -> str:
    where = (
        error.get("field") or error.get("pointer") or ".".join(str(part) for part in error.get("loc") or [])
    )
    text = str(error.get("detail") or error.get("message") or error.get("msg") or "is wrong")
    remedy = f" {error['remedy']}" if error.get("remedy") else ""
    return f"{where}: {text}{remedy}" if where else f"{text}{remedy}"
