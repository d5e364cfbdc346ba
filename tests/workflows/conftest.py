"""Stacks that tests of workflows share. Each has a Temporal server of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.workflows.stack import Stack, chains, running, time_skipping

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


@pytest.fixture
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The older server: one run, whose clock is right over any number of continue-as-new."""
    async with (
        chains() as (client, clock),
        running(client, clock, tmp_path_factory.mktemp("chain"), *PACKAGES) as stack,
    ):
        yield stack
