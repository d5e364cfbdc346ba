"""Stacks that tests of workflows share. Each has a Temporal server of its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.workflows import rebuilding
from tests.workflows.stack import Run, Stack, chains, running, time_skipping

PACKAGES = ("workflows", "tests.samples")


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Many runs at once, each with its own clock."""
    async with (
        time_skipping() as (client, clock),
        running(client, clock, tmp_path_factory.mktemp("stack"), *PACKAGES) as stack,
    ):
        yield stack


@pytest.fixture(scope="session")
async def short_histories(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A server that suggests continue-as-new after 12 events."""
    async with (
        time_skipping(suggest_continue_as_new=12) as (client, clock),
        running(client, clock, tmp_path_factory.mktemp("short"), *PACKAGES) as stack,
    ):
        yield stack


@pytest.fixture(autouse=True)
async def ledgers_can_be_rebuilt(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """After each test: what its runs hold in memory is what their histories tell."""
    runs: list[Run] = []
    enroll = Stack.enroll

    async def noted(self: Stack, *args: Any, **options: Any) -> Run:
        runs.append(await enroll(self, *args, **options))
        return runs[-1]

    monkeypatch.setattr(Stack, "enroll", noted)
    yield
    for run in [] if "chain" in request.fixturenames else runs:  # that server is gone with its test
        *_, last = [None, *rebuilding.stages(await run.handle.fetch_history())]
        if last:
            await rebuilding.compare(run.stack.installed, last)


@pytest.fixture
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The older server: one run, whose clock is right over any number of continue-as-new."""
    async with (
        chains() as (client, clock),
        running(client, clock, tmp_path_factory.mktemp("chain"), *PACKAGES) as stack,
    ):
        yield stack
