"""The OpenAPI document: names, tags, servers, and what answers have in common."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.idempotency import HEADER

_SCHEMAS = "#/components/schemas/"

TAGS = [
    {"name": "workflows", "description": "What is installed, and what each is for."},
    {
        "name": "enrollments",
        "description": "Start contacts in workflows, see where they stand, and steer them.",
    },
    {
        "name": "contacts",
        "description": "Who they are, what happened to them, and what was sent or not, and why.",
    },
    {"name": "events", "description": "What happens to contacts."},
    {"name": "messages", "description": "What was sent, and what became of it."},
    {"name": "tasks", "description": "Work that workflows give to people, and their answers."},
    {"name": "teams", "description": "The roles that get tasks, and where mails to them go."},
    {"name": "problems", "description": "What is wrong now, and the command that helps."},
    {"name": "public", "description": "Where the signed links in mails lead. They need no key."},
    {"name": "health", "description": "Whether the API lives and can work. It needs no key."},
]
ABOUT: dict[str, Any] = {
    "openapi_tags": TAGS,
    "servers": [{"url": "/", "description": "The server that gave this document"}],
    "license_info": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
}
HEADERS = {
    "RequestId": ("The id of this call: its `X-Request-Id`, or a new one", {"type": "string"}),
    "RetryAfter": ("Seconds to wait before the call is repeated", {"type": "integer", "minimum": 1}),
    "Challenge": ("How to authenticate: a bearer key", {"type": "string"}),
    "Replayed": ("`true`: the answer that the first call with this key was given", {"const": "true"}),
}


def operation_id(route: APIRoute) -> str:
    """The function's name in camel case: `list_contacts` is `listContacts`."""
    first, *rest = route.name.split("_")
    return first + "".join(word.title() for word in rest)


def document(app: FastAPI) -> None:
    """Completes what the framework says of the routes."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema["components"]
    components["headers"] = {
        name: {"description": text, "schema": kind} for name, (text, kind) in HEADERS.items()
    }
    schemas = components["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # what the framework would answer
        schemas.pop(name, None)
    for path in schema["paths"].values():
        for operation in path.values():
            _complete(operation)
    names = {name: part.get("title", name) for name, part in schemas.items()}
    components["schemas"] = {names[name]: part for name, part in schemas.items()}
    for part in _objects(schema):
        _name_keys(part)
        if part.get("$ref", "").startswith(_SCHEMAS):
            part["$ref"] = _SCHEMAS + names[part["$ref"].removeprefix(_SCHEMAS)]
    return schema


def _complete(operation: dict[str, Any]) -> None:
    """Security where there is none to give, no answer that is never given, and the headers of all others."""
    operation.setdefault("security", [])
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for parameter in operation.get("parameters", []):
        _send_or_leave_out(parameter)
    idempotent = any(parameter["name"] == HEADER for parameter in operation.get("parameters", []))
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers["X-Request-Id"] = _header("RequestId")
        if status == "401":
            headers["WWW-Authenticate"] = _header("Challenge")
        if status in {"429", "503"} or (status == "409" and idempotent):
            headers["Retry-After"] = _header("RetryAfter")
        if status.startswith("2") and idempotent:
            headers["Idempotent-Replayed"] = _header("Replayed")


def _send_or_leave_out(parameter: dict[str, Any]) -> None:
    """Nobody can send null in a query or a header."""
    kinds = parameter["schema"].get("anyOf", [])
    if kinds and kinds[-1] == {"type": "null"}:
        (kind,) = kinds[:-1]
        del parameter["schema"]["anyOf"]
        parameter["schema"].update(kind)


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _objects(inner)


def _name_keys(schema: dict[str, Any]) -> None:
    """A map by pattern, as a map whose keys have the pattern: client generators know only that one."""
    if patterns := schema.pop("patternProperties", None):
        ((pattern, value),) = patterns.items()
        schema.update(additionalProperties=value, propertyNames={"pattern": pattern})
