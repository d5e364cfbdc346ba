"""Whatever is nested in whatever: explorer, Temporal under kills, and a plain reading of the program agree."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.proofs.figures import proof
from tests.properties.generated import Generated
from tests.properties.living import living
from tests.properties.programs import Reading, programs
from workflows.analysis.explore import Walk, explore


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs)
def test_every_walk_of_the_explorer_is_a_way_to_read_the_program(program: list[Any]) -> None:
    walks = [walk for walk in explore(Generated, {"program": json.dumps(program)}).walks if not walk.outside]
    for walk in walks:
        read = Reading("example", "example", script(walk)).read(program)
        assert sorted(effects(walk)) == sorted(read.effects)
        assert walk.outcome == read.outcome
    assert walks


def script(walk: Walk) -> dict[str, bool]:
    """What the explorer chose: by the key of the wait or split, and for a draw what comparing it came to."""
    decided: dict[str, bool] = {}
    drawn: list[str] = []
    for taken in walk.steps:
        if taken.step.method == "wait_for":
            decided[taken.key] = taken.sample is not None
        elif taken.step.method == "split":
            decided[taken.key] = taken.sample == "l"
        elif taken.step.method == "call":
            decided[taken.key] = taken.caption == "fails"
        elif taken.step.method == "random":
            drawn.append(taken.key)
        elif taken.step.method == "compare":
            decided[drawn.pop()] = taken.caption == "yes"
    return decided


def effects(walk: Walk) -> list[str]:
    """Those that were done: one that failed for good left nothing."""
    return [
        taken.key
        for taken in walk.steps
        if taken.step.method in ("score", "call") and taken.caption != "fails"
    ]


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
