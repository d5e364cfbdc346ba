"""Formats that are ours, for schemathesis: what the document says by a name alone."""

from typing import Any

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("time-zone", st.sampled_from(["Europe/Madrid", "Asia/Tokyo", "UTC"]))
schemathesis.openapi.format("cursor", st.nothing())  # nobody can make one up


@schemathesis.hook.apply_to(operation_id="enroll")  # type: ignore[attr-defined,untyped-decorator]  # added at run time
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Which params a workflow takes, `GET /v1/workflows/{workflow}` says: those of the tests take none."""
    if isinstance(body, dict) and isinstance(body.get("params"), dict):
        body["params"] = {}
    return body
