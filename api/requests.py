"""How a request is read: the key first, then JSON without anything that would hurt what is behind."""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.access import authenticate
from api.errors import Problem

_DEEPEST = 32
_LARGEST = 2**63 - 1  # what a database column holds


class StrictRequest(Request):
    """Refuses JSON that is broken, too deep, or holds what JSON or a database does not know."""

    async def json(self) -> Any:
        if not hasattr(self, "_strict"):
            self._strict = _parsed(await self.body())
        return self._strict


class KeyRoute(APIRoute):
    """A route that needs an API key. The key is looked at before the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            request.state.caller = await authenticate(request)
            strict = StrictRequest(request.scope, request.receive)
            if request.method in {"POST", "PATCH"} and await strict.body() and not _is_json(request):
                detail = "set Content-Type to application/json"
                raise Problem(415, "wrong_type", "The body must be JSON", [("Content-Type", detail)])
            return await handler(strict)

        return handle


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _parsed(body: bytes) -> Any:
    try:
        value = json.loads(body.decode(), parse_constant=_no_number, parse_float=_float, parse_int=_int)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise _unreadable("the body is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _unreadable(f"{error.msg} at {where}; send well-formed JSON") from None
    _check(value)
    return value


def _check(value: Any) -> None:
    """Walks the value without recursion: depth and texts."""
    left: list[tuple[str, int, Any]] = [("", 0, value)]
    while left:
        path, depth, value = left.pop()
        if depth > _DEEPEST:
            raise _too_deep()
        if isinstance(value, str):
            _check_text(path or "body", value)
        elif isinstance(value, list):
            left += [(f"{path}.{index}".lstrip("."), depth + 1, item) for index, item in enumerate(value)]
        elif isinstance(value, dict):
            for name in value:
                _check_text(path or "body", name)
            left += [(f"{path}.{name}".lstrip("."), depth + 1, item) for name, item in value.items()]


def _check_text(path: str, text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        detail = "remove NUL characters and lone surrogates: they are no text"
        raise Problem(422, "wrong_fields", "Some fields are not as they must be", [(path, detail)])


def _no_number(name: str) -> Any:
    raise _unreadable(f"{name} is no JSON number; send null or a finite number")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _unreadable("a number is too large; send it as text")
    return number


def _int(text: str) -> int:
    if len(text) > 20 or abs(int(text)) > _LARGEST:
        raise _unreadable("an integer needs more than 64 bits; send it as text")
    return int(text)


def _unreadable(detail: str) -> Problem:
    return Problem(400, "unreadable", "The body cannot be read", [("body", detail)])


def _too_deep() -> Problem:
    return _unreadable(f"it is nested more than {_DEEPEST} levels deep; flatten it")
