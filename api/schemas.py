"""What all resources share: strict bodies, pages, times, and how problems are documented."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from store.pages import WrongCursor

Item = TypeVar("Item")

_PROBLEMS = {
    400: "The request cannot be read",
    401: "No valid API key",
    403: "The key lacks the scope that is needed",
    404: "Not found",
    408: "The body did not come in time",
    409: "It cannot be done in the present state",
    413: "The body is larger than 1 MB; of a batch, 10 MB",
    415: "The body is not JSON",
    422: "A field is not as it must be; `errors` names it",
    429: "This key has too much in hand; repeat after `Retry-After`",
    503: "The database or Temporal is away, or the API is full; repeat after `Retry-After`",
}


class Body(BaseModel):
    """A request's body or query: a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A part of an answer: every field is there, also one that has a default."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class View(Answer):
    """What an answer shows of a row."""

    model_config = ConfigDict(from_attributes=True)


class Paging(Body):
    """How much of a list, and from where."""

    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=2000, description="`next_cursor` of the page before")


def no_cursor(paging: Paging) -> None:
    """For a list that has no further page. Raises WrongCursor when one is asked for."""
    if paging.cursor is not None:
        raise WrongCursor


class Page(Answer, Generic[Item]):
    """A part of a list. `next_cursor` is null on the last page."""

    data: list[Item]
    next_cursor: str | None = None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`ContactPage` is a page of `ContactView`."""
        name: str = params[0].__name__
        return name.removesuffix("View") + "Page"


def problems(*more: int, body: bool = False) -> dict[int | str, dict[str, Any]]:
    """The problem responses of a route with a key, for its documentation."""
    return problems_of(400, 401, 403, 422, 429, 503, *more, *((408, 413, 415) if body else ()))


def problems_of(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of a route, for its documentation."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _PROBLEMS[status], "content": content} for status in sorted(statuses)}
