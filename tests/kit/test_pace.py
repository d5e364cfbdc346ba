"""A data folder's clock, faster than the machine's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import clock
from store.clock import Pace
from worker import pace
from worker.settings import Settings, SettingsError
from workflows import contracts
from workflows.kit.timing import RunClock


@pytest.fixture(autouse=True)
def machine_time() -> object:
    yield
    clock.set_pace(clock.REAL)


def test_a_day_in_two_seconds() -> None:
    epoch = datetime(2026, 1, 1, tzinfo=UTC)
    fast = Pace(epoch, 43_200)
    assert fast.at(epoch + timedelta(seconds=2)) == epoch + timedelta(days=1)
    assert fast.machine(timedelta(days=1)) == timedelta(seconds=2)


def test_every_process_of_a_folder_has_the_same_clock(tmp_path: Path) -> None:
    pace.start(Settings(home=tmp_path, speed=43_200))
    first = clock.pace()
    clock.set_pace(clock.REAL)
    pace.start(Settings(home=tmp_path, speed=43_200))
    assert clock.pace() == first
    assert clock.now() > clock.machine()


def test_a_folder_keeps_its_speed(tmp_path: Path) -> None:
    pace.start(Settings(home=tmp_path, speed=100))
    with pytest.raises(SettingsError, match="runs at CADENCIA_SPEED=100: set that, or another CADENCIA_HOME"):
        pace.start(Settings(home=tmp_path))


def test_a_folder_with_tables_and_nothing_else_may_have_any_speed(tmp_path: Path) -> None:
    (tmp_path / "cadencia.db").touch()  # as `cadencia db upgrade` leaves it
    pace.start(Settings(home=tmp_path, speed=100))
    assert clock.pace().speed == 100


def test_a_folder_that_was_worked_on_cannot_become_fast(tmp_path: Path) -> None:
    Settings(home=tmp_path).signing_keys()
    with pytest.raises(SettingsError, match="give this speed a data folder"):
        pace.start(Settings(home=tmp_path, speed=100))


@pytest.mark.parametrize("speed", [1, 3_600])
def test_a_wait_always_takes_time(speed: float) -> None:
    """A timer of none would leave the run's clock where it is, and the wait would look again for ever."""
    fast = RunClock(contracts.Pace(epoch=datetime(2026, 1, 1, tzinfo=UTC), speed=speed))
    assert fast.real(timedelta(microseconds=1)) > timedelta(0)
    assert fast.real(timedelta(hours=1)) == timedelta(hours=1) / speed
