"""Parameters for any workflow, of which its API may refuse some: what people type, and the edges of each type."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.properties.programs import programs
from workflows.kit import Parameters

_EDGES = ["PT0S", "-P1D", "-PT1S", "PT0.001S", "PT1S", "P1D", "P365D", "P1826D", "P1827D", "P10000Y", "soon"]
_BROKEN = [
    "",
    "no JSON",
    '[["repeat", "twice", []]]',
    '[["wait", 99, [true]]]',
    '[["sleep", "x", -1]]',
    "[7]",
]
"""Programs that are accepted as text, and whose path then raises."""


def params_of(model: type[Parameters]) -> st.SearchStrategy[dict[str, Any]]:
    """Values for some of its fields."""
    fields = {name: _values(field.annotation) for name, field in model.model_fields.items()}
    return st.fixed_dictionaries({}, optional=fields)


def _values(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation is timedelta:
        seconds = st.integers(-10, 200_000).map(lambda number: f"PT{number}S")
        return st.one_of(st.sampled_from(_EDGES), seconds)
    if annotation is int:
        return st.one_of(st.sampled_from([-1, 0, 1, 100, 101, 1_000_000]), st.integers(1, 20))
    assert annotation is str, f"say which values {annotation} may have"
    return st.one_of(programs.map(json.dumps), programs.map(json.dumps), st.sampled_from(_BROKEN))
