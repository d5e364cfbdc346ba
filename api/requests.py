"""How a request is read: JSON without anything that would hurt what is behind."""

import json
import math
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from itertools import chain
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller
from api.errors import Problem
from api.idempotency import HEADER, IDEMPOTENT
from api.services import Services

_DEEPEST = 32
_MOST_VALUES = 200_000  # what is parsed without holding up other requests
_LARGEST = 2**63 - 1  # what a database column holds


class StrictRequest(Request):
    """Refuses JSON that is broken, too deep, or holds what JSON or a database does not know."""

    async def json(self) -> Any:
        if not hasattr(self, "_strict"):
            self._strict = _parsed(await self.body())
        return self._strict


class KeyRoute(APIRoute):
    """A route behind the gate: its caller is known, and its body is read.

    What makes one thing is measured: a batch takes as long as it is large, steering a run as long as its worker does.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        idempotent = IDEMPOTENT in self.dependencies
        measured = idempotent and not self.path.endswith("/batch")

        async def handle(request: Request) -> Response:
            services: Services = request.app.state.services
            request.state.turn.measured = measured
            strict = StrictRequest(request.scope, request.receive)
            if request.method in {"POST", "PATCH", "PUT"} and await strict.body() and not _is_json(request):
                detail = "set Content-Type to application/json"
                raise Problem(415, "wrong_type", "The body must be JSON", [("Content-Type", detail)])
            if idempotent and HEADER in request.headers and await strict.body():
                caller: Caller = request.state.caller
                body = await strict.json()
                return await services.idempotency.once(request, caller.id, body, lambda: handler(strict))
            return await handler(strict)

        return handle


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _parsed(body: bytes) -> Any:
    if body.count(b",") > _MOST_VALUES:
        raise _unreadable(f"it holds more than {_MOST_VALUES:,} values; split it up")
    try:
        value = json.loads(
            body.decode(),
            parse_constant=_no_number,
            parse_float=_float,
            parse_int=_int,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise _unreadable("the body is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _unreadable(f"{error.msg} at {where}; send well-formed JSON") from None
    _check(value, escaped=b"\\u" in body)
    return value


def _check(value: Any, *, escaped: bool) -> None:
    """Depth and texts, level by level: without recursion. What is wrong with a text can only have come `escaped`."""
    level: list[Any] = [value]
    for _ in range(_DEEPEST + 1):
        if escaped and any(isinstance(one, str) and not _is_text(one) for one in level):
            _name_the_text(value)
        level = [inner for one in level if isinstance(one, list | dict) for inner in _inside(one, escaped)]
    if level:
        raise _too_deep()


def _inside(value: list[Any] | dict[str, Any], escaped: bool) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    return chain(value, value.values()) if escaped else value.values()


def _is_text(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return True


def _name_the_text(value: Any) -> None:
    """Raises the problem with the path to the text that is none."""
    left: list[tuple[str, Any]] = [("", value)]
    while left:
        path, value = left.pop()
        if isinstance(value, dict):
            left += [(path, name) for name in value]
            left += [(f"{path}.{name}".lstrip("."), item) for name, item in value.items()]
        elif isinstance(value, list):
            left += [(f"{path}.{index}".lstrip("."), item) for index, item in enumerate(value)]
        elif isinstance(value, str) and not _is_text(value):
            detail = "remove NUL characters and lone surrogates: they are no text"
            field = path if _is_text(path) else "body"
            raise Problem(
                422, "wrong_fields", "Some fields are not as they must be", [(field or "body", detail)]
            )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one key every program takes another."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise _unreadable(f"the key {json.dumps(twice)} stands twice in one object; send it once")
    return found


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
