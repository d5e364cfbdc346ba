"""What schemathesis cannot make up from the document: values that only the API or its surroundings know."""

import re
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("time-zone", st.sampled_from(["Europe/Madrid", "Asia/Tokyo", "UTC"]))


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: Any) -> None:
    """A cursor is given by the page before, and an idempotency key belongs to one call."""
    if len(str(case.query.get("cursor"))) <= 2000:
        case.query.pop("cursor", None)
    if re.fullmatch("[!-~]{1,255}", str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid4())


@schemathesis.hook.apply_to(operation_id="enroll")  # type: ignore[attr-defined,untyped-decorator]  # added at run time
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Which params a workflow takes, `GET /v1/workflows/{workflow}` says: those of the tests take none."""
    if isinstance(body, dict) and isinstance(body.get("params"), dict):
        body["params"] = {}
    return body
