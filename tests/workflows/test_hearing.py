"""A run is told what its path can hear, in whatever branch it is; nothing is explored for that."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.heard import eager as eager_file
from tests.workflows.stack import Stack, running, time_skipping
from worker import catalogue
from worker.settings import Settings
from workflows.events import OrderCompleted
from workflows.kit import days
from workflows.kit.steps import Misuse


@pytest.fixture(scope="module")
async def eager(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with (
        time_skipping() as (client, clock),
        running(client, clock, tmp_path_factory.mktemp("eager"), "workflows", "tests.heard") as stack,
    ):
        yield stack


async def test_an_event_behind_twelve_answers_in_a_row_ends_its_wait(eager: Stack) -> None:
    run = await eager.enroll("eager")
    for clicks in [True, False] * 6:
        if clicks:
            await run.event("email.clicked", await run.last_message())
        else:
            await run.advance(days(1))
    assert [step.key for step in (await run.state()).steps] == ["wait_for:meeting.booked#1"]
    assert (await run.event("meeting.booked")).told == 1
    assert await run.outcome() == "booked"


def test_the_catalogue_is_loaded_without_a_walk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The API loads it, and answers while it does."""

    def walked(*_: object, **__: object) -> None:
        raise AssertionError("a path is walked")

    monkeypatch.setattr(catalogue, "explore", walked)
    packages = ["workflows", "examples.acme", "tests.samples", "tests.own", "tests.heard"]
    loaded = catalogue.load(Settings(_env_file=None, home=tmp_path, workflows=packages))
    spending = loaded["spending"]
    assert [str(one) for one in spending.conditions({"large": 700})] == [
        str((OrderCompleted.amount > 700) & (OrderCompleted.currency == "EUR"))
    ]
    assert "order.completed" in spending.guarded
    assert "meeting.booked" in loaded["eager"].events


def test_the_start_refuses_a_condition_that_only_a_run_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "hasty"
    package.mkdir()
    (package / "__init__.py").touch()
    source = Path(str(eager_file.__file__)).read_text()
    waits = "within=days(5)"
    (package / "eager.py").write_text(source.replace(waits, f"{waits}, where=self.wanted()"))
    monkeypatch.syspath_prepend(tmp_path)
    settings = Settings(_env_file=None, home=tmp_path, workflows=["hasty"])
    for start in (catalogue.install, catalogue.load):
        with pytest.raises(Misuse, match=r"^hasty/eager.py:\d+: Eager: .*`self.wanted\(\)`.* write "):
            start(settings)
