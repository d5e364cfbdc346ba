"""Parameters: what the API accepts, a run can do."""

from datetime import timedelta
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from workflows.kit import Parameters, days
from workflows.lead_nurturing import NurturingParameters
from workflows.reactivation import ReactivationParameters
from workflows.welcome_series import WelcomeParameters


class Patience(Parameters):
    """Durations with bounds of their own, and without."""

    usual: timedelta = days(2)
    perhaps: timedelta | None = None
    none_at_all: timedelta = Field(default=days(0), ge=days(0))
    short: Annotated[timedelta, Field(le=days(9))] = days(1)
    for_decades: timedelta = Field(default=days(1), le=days(20 * 365))


@pytest.mark.parametrize(
    ("model", "given", "why"),
    [
        (Patience, {"usual": "PT0S"}, "greater than 0 seconds"),
        (Patience, {"usual": "-P1D"}, "greater than 0 seconds"),
        (Patience, {"usual": "P10000Y"}, "less than or equal to 1825 days"),
        (Patience, {"perhaps": "PT0S"}, "greater than 0 seconds"),
        (Patience, {"short": "PT0S"}, "greater than 0 seconds"),
        (Patience, {"short": "P10D"}, "less than or equal to 9 days"),
        (WelcomeParameters, {"greeting_seen_within": "-P1D"}, "greater than 0 seconds"),
        (WelcomeParameters, {"room_to_look_around": "PT0S"}, "greater than 0 seconds"),
        (ReactivationParameters, {"control_percent": -1}, "greater than or equal to 0"),
        (ReactivationParameters, {"control_percent": 100}, "less than or equal to 99"),
        (ReactivationParameters, {"control_percent": 1_000_000}, "less than or equal to 99"),
        (NurturingParameters, {"most_touches": 0}, "greater than or equal to 1"),
    ],
)
def test_the_refusal_names_field_and_bound(model: type[Parameters], given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(given)
    (error,) = raised.value.errors()
    assert error["loc"] == tuple(given)
    assert why in error["msg"]


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Patience, {"usual": "PT1S", "perhaps": None, "none_at_all": "PT0S", "for_decades": "P15Y"}),
        (ReactivationParameters, {"control_percent": 0}),
    ],
)
def test_bounds_of_a_field_count_instead(model: type[Parameters], given: dict[str, Any]) -> None:
    assert model.model_validate(given)
