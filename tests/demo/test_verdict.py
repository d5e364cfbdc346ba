"""What is a difference, and what was only too slow."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.demo.journeys import Arrived, Journey
from cli.demo.people import Habits, Sample
from cli.demo.verdict import differences
from workflows.analysis.expect import Expected, Mail
from workflows.analysis.people import Reaction
from workflows.kit import Ending, days

SPEED = 43_200
WAIT = "wait_for:welcome/hello.seen#1"
AGAIN = "send_email:welcome/hello-again#1"
BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


def message(key: str = "send_email:welcome/hello#1", **reactions: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "template": key.partition(":")[2].partition("#")[0],
        "status": "sent",
        "header_id": f"<{key}>",
        "opened_at": None,
        "clicked_at": None,
        **{name: at.isoformat() for name, at in reactions.items()},
    }


def entry(key: str, at: datetime, result: Any = None) -> dict[str, Any]:
    return {"key": key, "at": at.isoformat(), "result": result}


@pytest.fixture
def journey() -> Journey:
    """One who opens the greeting after a day; all came as it must."""
    mail = Mail("send_email:welcome/hello#1", "welcome/hello", Reaction(opens=True), {"email.opened": WAIT})
    opened = message(opened_at=BEGAN + days(1))
    return Journey(
        Sample(1, "run", Habits(1, 0.6, 0.3, 0.1)),
        enrollment_id="welcome-series:con_1:1",
        expected=Expected(Ending("completed"), (mail,), days(9)),
        mails={opened["header_id"]: Arrived(opened["key"], opened["template"], opened=True, settled=True)},
        outcome="completed",
        final={"messages": [opened], "trail": [entry(WAIT, BEGAN + days(1), {"id": "open:1"})]},
    )


def found(journey: Journey) -> tuple[tuple[str, ...], str | None]:
    (difference,) = differences([journey], SPEED)
    return difference.what, difference.late


def test_nothing_is_wrong(journey: Journey) -> None:
    assert differences([journey], SPEED) == []


def test_another_outcome(journey: Journey) -> None:
    journey.outcome = "converted"
    assert found(journey) == (("ended as converted, must end as completed",), None)


def test_mails_that_are_missing_and_mails_that_are_too_many(journey: Journey) -> None:
    journey.final["messages"] = [message(AGAIN)]
    assert found(journey)[0] == (
        "welcome/hello was not sent",
        "welcome/hello-again was sent, must not be",
        "welcome/hello-again never arrived in the mail catcher",
    )


def test_a_mail_that_came_twice(journey: Journey) -> None:
    next(iter(journey.mails.values())).copies = 2
    assert found(journey) == (("welcome/hello arrived 2 times",), None)


def test_a_reaction_that_was_not_recorded(journey: Journey) -> None:
    journey.final["messages"] = [message(clicked_at=BEGAN)]
    assert found(journey)[0] == ("welcome/hello was not opened", "welcome/hello was clicked")


@pytest.mark.parametrize("after", [timedelta(hours=12), timedelta(hours=-2)])
def test_an_opening_that_came_too_late_for_its_wait(journey: Journey, after: timedelta) -> None:
    over = BEGAN + days(2)
    journey.final["messages"] = [message(opened_at=over + after), message(AGAIN)]
    journey.final["trail"] = [entry(WAIT, over)]
    assert found(journey)[1] == f"email.opened of welcome/hello came when {WAIT} was over"


def test_a_mail_that_the_machine_was_too_slow_to_send(journey: Journey) -> None:
    skipped = {"message_id": None, "skipped": "expired"}
    journey.final = {"messages": [], "trail": [entry("send_email:welcome/hello#1", BEGAN, skipped)]}
    assert found(journey)[1] == "welcome/hello did not go out before it expired"
