"""A path written with the toolkit has the history that it has when written by hand."""

from collections.abc import AsyncIterator

import pytest

from benchmarks.overhead.cases import CASES, Case
from benchmarks.overhead.measure import beside_twins, compare
from tests.workflows.stack import Stack


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    async with beside_twins() as stack:
        yield stack


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_same_events_in_the_same_order(stack: Stack, case: Case) -> None:
    found = await compare(stack, case)
    assert found.ours.outcome == found.by_hand.outcome
    assert found.ours.events == found.by_hand.events
