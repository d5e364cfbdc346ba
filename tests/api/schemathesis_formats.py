"""Formats that are ours, for schemathesis: what the document says by a name alone."""

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("time-zone", st.sampled_from(["Europe/Madrid", "Asia/Tokyo", "UTC"]))
schemathesis.openapi.format("cursor", st.nothing())  # nobody can make one up
