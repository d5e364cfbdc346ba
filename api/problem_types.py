"""What an error answer holds: the types of problems, with meaning and remedy, and why each field is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field

FieldCode = Literal[
    "missing",
    "unknown_field",
    "wrong_type",
    "wrong_format",
    "out_of_range",
    "unknown_value",
    "not_found",
    "conflict",
    "forbidden",
    "unavailable",
]
FIELD_CODES: dict[FieldCode, str] = {
    "missing": "It is required.",
    "unknown_field": "No field has this name here.",
    "wrong_type": "It is another JSON type than the one that is wanted.",
    "wrong_format": "Its text is not written as it must be.",
    "out_of_range": "It is too small, too large, too short or too long, or there are too many.",
    "unknown_value": "It is none of the values that it can have.",
    "not_found": "Nothing has this name or id.",
    "conflict": "It contradicts what was said or done before.",
    "forbidden": "The API key is missing, unknown, or may not do this.",
    "unavailable": "This part cannot be reached, or has too much to do.",
}


@dataclass(frozen=True)
class ProblemType:
    """`field` is the code of the fields of such a problem, where they have none of their own."""

    status: int
    meaning: str
    remedy: str
    field: FieldCode


TYPES: dict[str, ProblemType] = {
    "unreadable": ProblemType(
        400,
        "The request is no HTTP, or no JSON: broken, nested too deep, or with too many values or an impossible number.",
        "Send well-formed HTTP and JSON.",
        "wrong_format",
    ),
    "unauthorised": ProblemType(
        401,
        "There is no API key, or it is unknown, expired or revoked.",
        "Send `Authorization: Bearer cad_…` with a valid key.",
        "forbidden",
    ),
    "wrong_scope": ProblemType(
        403, "The API key lacks the scope.", "Use a key with the scope that `detail` names.", "forbidden"
    ),
    "not_found": ProblemType(
        404, "Nothing has this id.", "Check the id, or list what there is.", "not_found"
    ),
    "unknown_workflow": ProblemType(
        404, "No workflow of this name is installed.", "Use one of those that `detail` names.", "not_found"
    ),
    "no_route": ProblemType(
        404, "There is nothing at this address.", "See /openapi.json for all routes.", "not_found"
    ),
    "wrong_method": ProblemType(
        405, "The address does not take this method.", "Use one that `Allow` names.", "unknown_value"
    ),
    "too_slow": ProblemType(
        408, "The body did not come within 30 s. Nothing was done.", "Repeat the call.", "missing"
    ),
    "conflicting_ids": ProblemType(
        409, "The ids name two different contacts.", "Send only one of the ids.", "conflict"
    ),
    "ended": ProblemType(
        409, "The enrollment has no run: it has ended, or Temporal has lost it.", "Enroll again.", "conflict"
    ),
    "lost": ProblemType(
        409,
        "Temporal has lost the enrollment's run.",
        "Recover it: `POST /v1/enrollments/{id}/recover`.",
        "conflict",
    ),
    "refused": ProblemType(
        409, "The run refuses this in its present state.", "See why in `detail`.", "conflict"
    ),
    "nothing_to_recover": ProblemType(
        409, "Neither run nor row of the enrollment is missing.", "Do nothing.", "conflict"
    ),
    "not_unknown": ProblemType(409, "What became of the message is known.", "Do nothing.", "conflict"),
    "answered": ProblemType(409, "The task was answered before.", "Do nothing.", "conflict"),
    "withdrawn": ProblemType(
        409, "The task was withdrawn, as its enrollment ended.", "Do nothing.", "conflict"
    ),
    "event_id_reused": ProblemType(
        409,
        "This API key has used the event's id for another event.",
        "Give each event an id of its own.",
        "conflict",
    ),
    "still_running": ProblemType(
        409,
        "The first call with this `Idempotency-Key` is under way.",
        "Repeat after `Retry-After`.",
        "conflict",
    ),
    "too_large": ProblemType(
        413, "The body is larger than 1 MB; of a batch, 10 MB.", "Split it up.", "out_of_range"
    ),
    "address_too_long": ProblemType(414, "The address is longer than 64 KiB.", "Shorten it.", "out_of_range"),
    "headers_too_large": ProblemType(
        431, "The headers are larger than 64 KiB.", "Send fewer or shorter ones.", "out_of_range"
    ),
    "wrong_type": ProblemType(
        415, "The body is not JSON.", "Set `Content-Type: application/json`.", "wrong_type"
    ),
    "wrong_fields": ProblemType(
        422, "Some fields are not as they must be.", "Correct each field that `errors` names.", "wrong_format"
    ),
    "key_reused": ProblemType(
        422,
        "The `Idempotency-Key` came with another body before.",
        "Use a new key for a new call.",
        "conflict",
    ),
    "unknown_event": ProblemType(
        422,
        "No workflow declares the event, and `CADENCIA_EVENTS_STRICT` is set.",
        "Correct the name, or declare the event.",
        "unknown_value",
    ),
    "too_many": ProblemType(
        429,
        "This API key has too much in hand. Nothing was done.",
        "Repeat after `Retry-After`.",
        "unavailable",
    ),
    "internal": ProblemType(
        500, "Something went wrong on our side.", "Report the `X-Request-Id` of the answer.", "unavailable"
    ),
    "unavailable": ProblemType(
        503,
        "The database or Temporal cannot be reached, or is overloaded.",
        "Repeat after `Retry-After`.",
        "unavailable",
    ),
    "full": ProblemType(
        503, "The API has too much in hand. Nothing was done.", "Repeat after `Retry-After`.", "unavailable"
    ),
    "not_ready": ProblemType(
        503, "Contacts cannot be enrolled now.", "Do what `detail` says.", "unavailable"
    ),
}


class FieldError(BaseModel):
    """What is wrong with one field: `code` for programs, and for people what to do."""

    field: str = Field(examples=["contact.email"])
    code: FieldCode
    detail: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it. `code` says which; /problems lists them all, and more may come."""

    type: str = Field(examples=["urn:cadencia:problem:wrong_fields"])
    code: str = Field(examples=["wrong_fields"])
    title: str
    status: int
    detail: str
    errors: list[FieldError]


def field_error(error: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> FieldError:
    """Pydantic's error, under the name of its field, with the remedy."""
    field = ".".join((*prefix, *map(str, error["loc"]))) or "body"
    return FieldError(field=field, code=_code(error["type"]), detail=_remedy(error))


def _code(kind: str) -> FieldCode:
    """A validator that raises a PydanticCustomError chooses the code itself."""
    if kind in get_args(FieldCode):
        return kind  # type: ignore[return-value]  # it is one of them
    match kind.split("_"):
        case ["extra", "forbidden"]:
            return "unknown_field"
        case ["literal" | "enum", "error"]:
            return "unknown_value"
        case ["greater" | "less" | "multiple" | "finite" | "too", *_] | ["string", "too", *_]:
            return "out_of_range"
        case [*_, "type"]:
            return "wrong_type"
        case ["date" | "datetime" | "time" | "timezone", *_] | ["string", "pattern", *_] | ["value", "error"]:
            return "wrong_format"
    return "wrong_type"


def _remedy(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not known here; remove it or correct its name"
        case "model_attributes_type" | "model_type" | "dict_type":
            return "must be a JSON object"
        case "bool_type":
            return "must be true or false, without quotes"
        case "time_delta_parsing" | "time_delta_type":
            return "must be a duration in ISO 8601, such as P2D or PT30S"
    return str(error["msg"]).removeprefix("Value error, ")
