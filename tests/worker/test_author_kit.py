"""What the author's test kit tells: of mails, tasks, branches that no test takes, and paths that cannot go on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workflows.events import OrderCompleted, SiteVisited
from workflows.kit import days, hours
from workflows.kit.testing import contact, enrolled
from workflows.welcome_series import WelcomeSeries

pytest_plugins = ["workflows.kit.testing.plugin"]

HEAD = """
from datetime import date, datetime
from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow

def declared(cls):
    aim = Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests")
    return marketing_workflow(stage="convert", owner="tests", reentry=always(), objective=aim)(cls)
"""
HALF = '''
@declared
class Half(ContactWorkflow):
    """Two ways."""

    async def path(self) -> None:
        hello = await self.send_email("welcome/hello")
        if await self.wait_for(hello.seen, within=days(2)):
            await self.score(1, "seen")
        else:
            await self.score(-1, "not seen")
'''
CLOCK = '''
@declared
class Impatient(ContactWorkflow):
    """Reads the machine's clock."""

    async def path(self) -> None:
        await self.score(datetime.now().year, "this year")
'''
LOST = '''
@declared
class Lost(ContactWorkflow):
    """Sends a mail that nobody wrote."""

    async def path(self) -> None:
        await self.send_email("half/nowhere")
'''
TESTS = """
import pytest
from acme.half import Half
from acme.impatient import Impatient
from acme.lost import Lost
from workflows.kit import days
from workflows.kit.testing import covers_every_branch, enrolled

pytest_plugins = ["workflows.kit.testing.plugin"]
pytestmark = pytest.mark.asyncio

@covers_every_branch(Half)
class TestHalf:
    async def test_seen(self):
        async with enrolled(Half) as run:
            await run.open()
            assert run.outcome == "completed"

    async def test_just_begun(self):
        async with enrolled(Half) as run:
            assert run.outcome is None

async def test_clock():
    async with enrolled(Impatient):
        pass

async def test_lost():
    async with enrolled(Lost):
        pass
"""


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package outside the tree whose workflows and tests leave something to be desired."""
    folder = tmp_path_factory.mktemp("outside")
    package = folder / "acme"
    package.mkdir()
    (package / "__init__.py").touch()
    for name, text in (("half", HALF), ("impatient", CLOCK), ("lost", LOST)):
        (package / f"{name}.py").write_text(HEAD + text)
    (package / "test_all.py").write_text(TESTS)
    return folder


def pytest_in(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    return done.stdout


@pytest.fixture(scope="module")
def told(acme: Path) -> str:
    """What its tests say."""
    return pytest_in(acme, "acme")


def test_a_branch_that_no_test_takes_is_named_with_file_and_line(told: str) -> None:
    line = (HEAD + HALF).splitlines().index('            await self.score(-1, "not seen")') + 1
    assert "No test takes these branches of Half:" in told
    assert (
        f"acme/half.py:{line}: path: `if await self.wait_for(hello.seen, within=days(2))` failed in no test"
        in told
    )
    assert "TestHalf::test_seen PASSED" in told


def test_what_keeps_a_path_from_going_on_is_told(told: str) -> None:
    assert "cannot go on: Cannot access datetime.datetime.now" in told
    assert 'acme/impatient.py", line' in told
    assert "send_email:half/nowhere#1 fails, and is tried again" in told
    assert "half/nowhere.en.mjml" in told, "the text of the activity's error, which is in no history"


def test_branches_are_judged_when_all_tests_ran(acme: Path) -> None:
    told = pytest_in(acme, "acme/test_all.py", "-k", "seen")
    assert "1 passed" in told
    assert "No test takes" not in told


async def test_mails_can_be_read_and_clicked_in() -> None:
    async with enrolled(
        WelcomeSeries, contact(name="Ana Ruiz", locale="es"), arms={"incentive": "offer"}
    ) as run:
        assert run.mail("welcome/hello").subject.startswith("Hola, Ana.")
        assert "Ana" in run.mail().text
        await run.click("welcome/hello", run.mail().links[0])
        await run.advance(days(3) + hours(1))
        assert run.sent() == ["welcome/hello", "welcome/offer"]
        with pytest.raises(AssertionError, match="no mail welcome/guide went out"):
            await run.click("welcome/guide")


async def test_properties_of_events_are_those_declared() -> None:
    async with enrolled(WelcomeSeries) as run:
        with pytest.raises(AssertionError, match=r"order\.completed declares no price: amount, currency"):
            await run.event(OrderCompleted, price=1)
        with pytest.raises(ValueError, match="valid decimal"):
            await run.event(OrderCompleted, amount="much")
        await run.event(SiteVisited, url="https://shop.example")
        assert "wait_for:welcome/hello.seen#1" in [step.key for step in run.trail()]


async def test_a_pause_keeps_the_place_and_an_exit_leaves_it() -> None:
    async with enrolled(WelcomeSeries) as run:
        await run.pause()
        await run.advance(days(10))
        assert run.sent() == ["welcome/hello"]
        await run.resume()
        assert run.sent() == ["welcome/hello", "welcome/hello-again"]
        await run.exit()
        assert (run.outcome, run.reason) == ("exited", "operator")
        await run.advance(days(10))  # nothing happens any more


async def test_who_is_kept_out_is_told_why() -> None:
    who = contact()
    async with enrolled(WelcomeSeries, who):
        with pytest.raises(AssertionError, match="was kept out of welcome-series: already_running"):
            async with enrolled(WelcomeSeries, who):
                pass


async def test_arms_that_do_not_exist_are_named() -> None:
    with pytest.raises(AssertionError, match="'incentive' has no arm 'gift': guide, offer"):
        async with enrolled(WelcomeSeries, arms={"incentive": "gift"}):
            pass
    with pytest.raises(AssertionError, match="WelcomeSeries has no split or control group 'colour'"):
        async with enrolled(WelcomeSeries, arms={"colour": "red"}):
            pass
