"""What the API accepts, a run can do: it goes on, or parks and is named, and it always lets go."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.proofs.figures import proof
from tests.properties.accepted import accepting
from tests.properties.parameters import params_of
from worker.catalogue import load
from worker.settings import Settings
from workflows.kit import Parameters

PACKAGES = ["workflows", "tests.properties.generated"]


def some(count: int, number: int) -> list[tuple[str, dict[str, Any]]]:
    """Workflows with parameters, the same for a number; each workflow as often as the others."""
    models = {slug: listed.params for slug, listed in load(Settings(workflows=PACKAGES)).items()}
    made: list[tuple[str, dict[str, Any]]] = []
    for slug, model in models.items():
        assert issubclass(model, Parameters)
        made += [(slug, params) for params in _drawn(params_of(model), count, number)]
    return made


def _drawn(strategy: st.SearchStrategy[dict[str, Any]], count: int, number: int) -> list[dict[str, Any]]:
    drawn: list[dict[str, Any]] = []

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(params: dict[str, Any]) -> None:
        drawn.append(params)

    collect()
    return drawn[:count]


@pytest.mark.timeout(300)
async def test_runs_with_random_parameters_go_on_or_are_named_and_can_leave() -> None:
    async with accepting(PACKAGES) as people:
        for workflow, params in some(12, number=1):
            await people.enroll(workflow, params)
        assert len(people.ids) > 12
        await people.judge()


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_many_random_parameters() -> None:
    claim = (
        "Random parameters that the API accepts: no run is wedged, who stands still is named, all can leave"
    )
    with proof(claim) as figures:
        drawn = some(100, number=2)
        async with accepting(PACKAGES) as people:
            accepted = [await people.enroll(workflow, params) for workflow, params in drawn]
            figures |= {"accepted": sum(accepted), "refused": len(accepted) - sum(accepted)}
            await people.judge()
