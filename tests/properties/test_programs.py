"""Whatever is nested in whatever: explorer, Temporal under kills, and a plain reading of the program agree."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.proofs.figures import proof
from tests.properties.generated import Generated
from tests.properties.living import living
from tests.properties.programs import Reading, programs
from workflows.analysis.explore import explore
from workflows.kit.steps import Effect, Question


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs)
def test_the_explorer_finds_all_that_a_program_can_do(program: list[Any]) -> None:
    found = explore(Generated, {"program": json.dumps(program)})
    effects = {
        step.key
        for walk in found.walks
        for step in walk.steps
        if isinstance(step.step, Effect) and not isinstance(step.step, Question)
    }
    read = Reading("example", "example").read(program)
    assert set(read.effects) <= effects
    assert read.outcome in {walk.outcome for walk in found.walks}


def some(count: int, number: int) -> list[list[Any]]:
    """As many programs as asked for, the same for a number."""
    made: list[list[Any]] = []

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs)
    def collect(program: list[Any]) -> None:
        made.append(program)

    collect()
    return made[:count]


async def test_programs_do_the_same_in_temporal_though_their_worker_is_killed() -> None:
    async with living() as life:
        await life.run(some(12, number=1), kills=2)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_many_programs_and_many_kills() -> None:
    claim = "Random programs, their worker killed, continued as new early: each effect as a plain reading says, once"
    with proof(claim) as figures:
        async with living() as life:
            for number in range(6):
                effects = await life.run(some(50, number), kills=6)
                figures["programs"] = figures.get("programs", 0) + 50
                figures["effects, each once"] = figures.get("effects, each once", 0) + effects
                figures["kills of the worker"] = figures.get("kills of the worker", 0) + 6
