"""A run's details in Temporal UI."""

from workflows.contracts import Moved, State
from workflows.kit.details import describe


def test_a_run_that_was_moved_says_from_where_and_why() -> None:
    before = Moved(
        release="7e407f9a3a08",
        path="/namespaces/default/workflows/x/1/history",
        because="its code was edited",
    )
    text = describe(State(status="running", moved=before, release="r2"))
    assert (
        "Moved from release `7e407f9a3a08` because its code was edited: "
        "[the run before](/namespaces/default/workflows/x/1/history)"
    ) in text


def test_a_parked_run_says_why() -> None:
    text = describe(State(status="parked", parked="parameters: between_touches", release="r2"))
    assert text.startswith("**Parked**: parameters: between_touches. ")
