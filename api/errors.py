"""The one place where errors become answers: RFC 9457 problems that name the field and the remedy."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from activities.enrolling import UnknownContact, UnknownWorkflow
from activities.runs import RunsUnavailable
from api import problem_types
from api.problem_types import TYPES, FieldError, field_error
from api.public import pages
from store.contacts import ConflictingIds
from store.database import is_unavailable
from store.pages import WrongCursor
from worker.connection import RunEnded, UpdateRefused

MAX_BODY = 1_000_000  # bytes
MAX_BATCH = 10_000_000  # bytes
RETRY_AFTER = "5"  # seconds

log = structlog.get_logger()


class Problem(HTTPException):
    """An error with a stable `code`, a `title` for people, and the fields it is about."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        errors: Sequence[tuple[str, str] | FieldError],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, title, dict(headers or {}))
        fields = [_field_error(code, error) for error in errors]
        self.body = problem_types.Problem(
            type=f"urn:cadencia:problem:{code}",
            code=code,
            title=title,
            status=status,
            detail="; ".join(f"{error.field}: {error.detail}" for error in fields) or title,
            errors=fields,
        )


def _field_error(code: str, error: tuple[str, str] | FieldError) -> FieldError:
    if isinstance(error, FieldError):
        return error
    return FieldError(field=error[0], code=TYPES[code].field, detail=error[1])


def not_found(what: str, field: str = "id") -> Problem:
    return Problem(
        404, "not_found", f"No such {what}", [(field, f"no {what} has this id; check it, or list them")]
    )


def unavailable(whom: str, why: str) -> Problem:
    detail = f"{why}; repeat the call after {RETRY_AFTER} s, it is safe to repeat"
    return Problem(
        503, "unavailable", "Not available right now", [(whom, detail)], {"Retry-After": RETRY_AFTER}
    )


def wrong_fields(errors: Sequence[Any], prefix: tuple[str, ...] = ()) -> Problem:
    """Pydantic's errors, each under the name of its field."""
    fields = [field_error(error, prefix) for error in errors]
    return Problem(422, "wrong_fields", "Some fields are not as they must be", fields)


@contextmanager
def contact_at(prefix: str, reads: bool) -> Iterator[None]:
    """Errors about the contact name the field where the body has it, and whose it is to a caller who `reads`."""
    try:
        yield
    except (ConflictingIds, UnknownContact) as error:
        raise wrong_contact(error, prefix, reads) from error


def wrong_contact(error: ConflictingIds | UnknownContact, prefix: str, reads: bool) -> Problem:
    if isinstance(error, UnknownContact):
        return not_found("contact", f"{prefix}id")
    owners = error.owners if reads else {}
    fields = [(prefix + field, _conflict(owners, field)) for field in error.fields]
    return Problem(409, "conflicting_ids", "The ids name two different contacts", fields)


def _conflict(owners: Mapping[str, str], field: str) -> str:
    """Whose the id is, and the way out."""
    if owner := owners.get(field):
        return f"belongs to the contact {owner}: send only one of the ids, or change it there first, by PATCH"
    if owners:
        owner = next(iter(owners.values()))
        return (
            f"the contact {owner} has another: send only one of the ids, or change it there first, by PATCH"
        )
    return (
        "the ids belong to two different contacts: send only one of them, or change one of the contacts first"
    )


def too_large(limit: int) -> Problem:
    detail = f"send at most {limit // 1_000_000} MB, or split it up"
    return Problem(413, "too_large", "The body is too large", [("body", detail)])


def answer(request: Request, error: Exception) -> Response:
    """The response to any exception. What is our fault is logged, without texts that may hold personal data."""
    problem = as_problem(error)
    if problem.status_code == 405:
        problem = _wrong_method(request)
    if problem.status_code >= 500:
        where = traceback.format_tb(error.__traceback__)
        level = log.warning if problem.status_code == 503 else log.error
        level(
            problem.body.detail,
            error=type(error).__name__,
            trace=where if problem.status_code == 500 else None,
        )
    if pages.serves(request.url.path):
        return pages.trouble(problem.status_code, problem.headers)
    return Response(as_bytes(problem), problem.status_code, problem.headers, "application/problem+json")


def as_bytes(problem: Problem) -> bytes:
    """The body of the answer."""
    return problem.body.model_dump_json().encode()


async def handle(request: Request, error: Exception) -> Response:
    """`answer`, as the framework wants it."""
    return answer(request, error)


def as_problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case StarletteHTTPException():
            return _of_http(error)
        case RequestValidationError():
            return wrong_fields([{**one, "loc": one["loc"][1:] or one["loc"]} for one in error.errors()])
        case UnknownWorkflow():
            known = ", ".join(error.known) or "none"
            return Problem(
                404, "unknown_workflow", f"No workflow {error.name!r}", [("workflow", f"use one of: {known}")]
            )
        case WrongCursor():
            return Problem(422, "wrong_fields", "The cursor cannot be read", [("cursor", str(error))])
        case UpdateRefused():
            return Problem(409, "refused", "The enrollment refuses this now", [("id", str(error))])
        case RunEnded():
            return Problem(
                409,
                "ended",
                "The enrollment has no run",
                [("id", "its run has ended: enroll again; or Temporal has lost it: recover it")],
            )
        case RunsUnavailable():
            return unavailable("temporal", str(error))
    if is_unavailable(error):
        return unavailable("database", "the database cannot be reached or is overloaded")
    return Problem(
        500,
        "internal",
        "Something went wrong on our side",
        [("server", "report the X-Request-Id of this answer")],
    )


def _of_http(error: StarletteHTTPException) -> Problem:
    """What the framework itself refuses."""
    match error.status_code:
        case 400:
            fields = [("body", "send well-formed JSON")]
            return Problem(400, "unreadable", "The request cannot be read", fields)
        case 404:
            fields = [("path", "see /openapi.json for all routes")]
            return Problem(404, "no_route", "There is nothing at this address", fields)
    fields = [("request", "see /openapi.json")]
    return Problem(error.status_code, "refused", str(error.detail), fields, error.headers)


def _wrong_method(request: Request) -> Problem:
    """Names all methods of the address: the framework knows those of one route alone."""
    app: FastAPI = request.app
    allowed = ", ".join(
        method.upper()
        for path, methods in app.openapi()["paths"].items()
        if compile_path(path)[0].match(request.url.path)
        for method in methods
    )
    allowed = allowed or "GET"  # pages are not in the document
    detail = f"use {allowed}"
    return Problem(
        405, "wrong_method", "This method is not allowed here", [("method", detail)], {"Allow": allowed}
    )
