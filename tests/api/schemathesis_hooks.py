"""What schemathesis cannot make up from the document: values that only the API or its surroundings know."""

from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format(
    "visible-text", st.text("Ada Łódź 愛 .,;:-_0123456789", min_size=1).filter(str.strip)
)
schemathesis.openapi.format("time-zone", st.sampled_from(["Europe/Madrid", "Asia/Tokyo", "UTC"]))


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: Any) -> None:
    """What is right, made acceptable: a cursor is given by the page before, an idempotency key belongs to one call, and
    which params a workflow takes, `GET /v1/workflows/{workflow}` says: those of the tests take none."""
    if case.meta and case.meta.generation.mode.is_negative:
        return
    case.query.pop("cursor", None)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid4())
    if isinstance(case.body, dict) and "params" in case.body:
        case.body["params"] = {}
