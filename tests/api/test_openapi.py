"""The OpenAPI document is one that other programs make good clients from."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from tests.api.conftest import KEY
from tests.api.waiting import CATALOGUE
from worker.settings import Settings

UNTYPED = {"attributes", "properties", "params", "result"}
"""What callers and workflows fill as they like: any JSON."""

Schema = dict[str, Any]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    settings = Settings(_env_file=None, home=tmp_path_factory.mktemp("home"), secret_keys=[KEY])
    return create_app(settings, CATALOGUE).openapi()


def operations(document: Schema) -> Iterator[tuple[str, Schema]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def parts(schema: Any, name: str = "") -> Iterator[tuple[str, Schema]]:
    """The schema and all that are in it, with the property that each belongs to."""
    yield name, schema
    for key, inner in schema.get("properties", {}).items():
        yield from parts(inner, key)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts(schema[key], name)
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(key, []):
            yield from parts(inner, name)


def test_operations_have_names_of_their_own(document: Schema) -> None:
    names = Counter(operation["operationId"] for _, operation in operations(document))
    assert {name: count for name, count in names.items() if count > 1} == {}
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name)] == []
    assert {"enroll", "enrollBatch", "listContacts", "getContact", "pauseEnrollment"} <= names.keys()


def test_every_route_is_under_a_tag_that_is_described(document: Schema) -> None:
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    assert {tag for _, operation in operations(document) for tag in operation["tags"]} == described
    assert document["servers"]
    assert document["info"]["license"]["identifier"] == "Apache-2.0"


def test_no_two_schemas_have_one_title(document: Schema) -> None:
    schemas = document["components"]["schemas"]
    titles = Counter(
        schema["title"] for whole in schemas.values() for _, schema in parts(whole) if "properties" in schema
    )
    assert {title: count for title, count in titles.items() if count > 1} == {}
    assert {
        name: schema["title"] for name, schema in schemas.items() if schema.get("title", name) != name
    } == {}


def test_everything_has_a_type(document: Schema) -> None:
    known = {"type", "$ref", "anyOf", "oneOf", "enum", "const"}
    schemas = document["components"]["schemas"]
    whole = {name: schema for name, schema in schemas.items() if name != "JsonValue"}
    for operation_name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            whole[f"{operation_name} {parameter['name']}"] = parameter["schema"]
    for name, schema in whole.items():
        for field, part in parts(schema, name):
            assert known & part.keys(), (name, field)
            if part.get("$ref", "").endswith("/JsonValue") or part.get("additionalProperties") is True:
                assert field in UNTYPED, (name, field)


def test_every_status_is_an_enum(document: Schema) -> None:
    named = document["components"]["schemas"]
    closed = {"status", "verdict", "reason", "cause", "missing", "stage", "purpose", "channel", "code"}
    open_ = {
        ("Problem", "status"),  # the HTTP status
        ("Problem", "code"),  # more may come
        ("ProblemView", "code"),  # of authors' own activities
        ("DecisionView", "reason"),
        ("EnrollmentView", "reason"),  # of authors' own workflows
        ("EnrollmentDetail", "reason"),
        ("ExitBody", "reason"),
    }
    for name, schema in named.items():
        for field, part in schema.get("properties", {}).items():
            of_crm = field == "stage" and "Contact" in name
            if field in closed and (name, field) not in open_ and not of_crm:
                part = part.get("anyOf", [part])[0]  # the other one is null
                kind = named[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
                assert "enum" in kind or "const" in kind, (name, field, part)


def test_every_error_is_a_problem(document: Schema) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status < "400":
                continue
            public = operation["tags"] == ["public"]
            kind = "text/html" if public else "application/problem+json"
            assert list(response["content"]) == [kind], (name, status)
            if not public:
                schema = response["content"][kind]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)


def test_bodies_are_what_they_hold(document: Schema) -> None:
    for name, operation in operations(document):
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert list(schema) == ["$ref"], name
    schemas = document["components"]["schemas"]
    for batch, field, entry in (
        ("EnrollBatch", "enrollments", "EnrollBody"),
        ("EventBatch", "events", "EventBody"),
    ):
        assert schemas[batch]["properties"][field]["items"] == {"$ref": f"#/components/schemas/{entry}"}
    consent = schemas["NamedContact"]["properties"]["consent"]
    assert consent["additionalProperties"] == {"$ref": "#/components/schemas/ConsentGrant"}
    assert consent["propertyNames"]["pattern"]


def test_headers_are_documented(document: Schema) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            headers = response["headers"].keys()
            assert "X-Request-Id" in headers, (name, status)
            assert ("Retry-After" in headers) >= (status in {"429", "503"}), (name, status)
            assert ("WWW-Authenticate" in headers) == (status == "401"), (name, status)
    enroll = document["paths"]["/v1/workflows/{workflow}/enrollments"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in enroll["parameters"]]
    assert "Idempotent-Replayed" in enroll["responses"]["201"]["headers"]
    assert "Retry-After" in enroll["responses"]["409"]["headers"]
    assert "302" in document["paths"]["/c/{token}"]["get"]["responses"]


def test_every_schema_that_is_named_is_there(document: Schema) -> None:
    for kind, name in re.findall(r"#/components/(\w+)/(\w+)", json.dumps(document)):
        assert name in document["components"][kind], name


async def test_bodies_that_may_be_left_out(api: httpx.AsyncClient) -> None:
    for body in (None, {}, {"policy": "active_time"}):
        answer = await api.post("/v1/enrollments/none/resume", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text
