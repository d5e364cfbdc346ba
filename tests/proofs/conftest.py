"""The bench that short proofs share; long ones are left out unless they are asked for."""

from collections.abc import AsyncIterator

import pytest

from tests.proofs.bench import Bench, running


@pytest.fixture(scope="session")
async def shared() -> AsyncIterator[Bench]:
    async with running() as bench:
        yield bench


@pytest.fixture
async def bench(shared: Bench) -> AsyncIterator[Bench]:
    """The shared bench, with nothing wrong before and after."""
    shared.faults()
    yield shared
    shared.faults()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]
