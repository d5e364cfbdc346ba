"""WelcomeSeries, along every branch."""

from datetime import timedelta

import pytest

from tests.workflows.stack import Run, Stack
from workflows.contracts import Exit, Resume
from workflows.kit import days, hours
from workflows.kit.splits import arm_of

ARMS = {"guide": 50, "offer": 50}


async def enrolled_in(stack: Stack, arm: str) -> Run:
    """A contact whom the split puts into the arm."""
    while True:
        contact = await stack.contact(name="Ann Lee")
        if arm_of(contact.id, "incentive", ARMS) == arm:
            return await stack.enroll("welcome-series", contact)


@pytest.mark.parametrize("arm", ["guide", "offer"])
async def test_seen_and_clicked_leads_to_the_reminder_and_nurturing(stack: Stack, arm: str) -> None:
    run = await enrolled_in(stack, arm)
    assert await run.sent() == ["welcome/hello"]
    assert (await run.contact_now()).stage == "lead"

    await run.event("email.opened", await run.last_message())
    await run.advance(days(3) + hours(1))
    assert await run.sent() == ["welcome/hello", f"welcome/{arm}"]

    await run.event("email.clicked", await run.last_message())
    await run.advance(days(4))
    assert await run.outcome() == "completed"
    assert await run.sent() == ["welcome/hello", f"welcome/{arm}", "welcome/reminder"]
    contact = await run.contact_now()
    assert (contact.stage, contact.score) == ("engaged lead", 15)
    assert (await run.row()).reason == "handed_over_to lead-nurturing"
    assert len(await run.mails()) == 4, "three of the series, and the first of LeadNurturing"


async def test_silence_brings_the_greeting_again_and_ends_quiet(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.advance(days(2) + hours(1))
    assert await run.sent() == ["welcome/hello", "welcome/hello-again"]
    await run.advance(days(3))
    assert len(await run.sent()) == 3
    await run.advance(days(4))
    assert await run.outcome() == "completed"
    assert len(await run.sent()) == 3, "no reminder to those who did not click"
    contact = await run.contact_now()
    assert (contact.stage, contact.score) == ("quiet", -7)


async def test_a_visit_to_the_site_counts_as_seen(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.event("site.visited")
    await run.advance(days(2) + hours(1))
    assert await run.sent() == ["welcome/hello"]


async def test_a_click_during_the_sleep_answers_the_later_look(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.event("email.clicked", await run.last_message())
    await run.advance(days(3) + hours(1))
    await run.advance(days(1))
    await run.event("email.clicked", await run.last_message())
    await run.advance(days(3))
    assert (await run.sent())[-1] == "welcome/reminder"


async def test_an_open_of_another_message_does_not_count(stack: Stack) -> None:
    other = await stack.enroll("welcome-series")
    run = await stack.enroll("welcome-series")
    await run.event("email.opened", await other.last_message())
    await run.advance(days(2) + hours(1))
    assert (await run.sent())[-1] == "welcome/hello-again"


async def test_an_order_ends_it_at_once_and_tells_the_crm(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.advance(days(1))
    await run.event("order.completed", properties={"amount": "49.90", "currency": "EUR"})
    assert await run.outcome() == "converted"
    assert await run.sent() == ["welcome/hello"]
    contact = await run.contact_now()
    assert (contact.stage, contact.score) == ("customer", 50)
    row = await run.row()
    assert (row.status, row.outcome, row.reason) == ("ended", "converted", "order.completed")


async def test_unsubscribing_ends_it(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.event("contact.unsubscribed")
    assert await run.outcome() == "unsubscribed"
    assert await run.sent() == ["welcome/hello"]


async def test_an_operators_exit_ends_it(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.update("exit", Exit(reason="asked-by-phone"))
    assert await run.outcome() == "exited"
    assert (await run.row()).reason == "asked-by-phone"


async def test_without_consent_nothing_is_sent_and_a_decision_says_why(stack: Stack) -> None:
    run = await stack.enroll("welcome-series", consent={})
    assert run.enrolled.warnings == ("no_consent",)
    assert await run.mails() == []
    assert await run.last_decision() == ("skip", "no_consent")
    state = await run.state()
    assert (await run.contact_now()).score == 0, "nobody is scored for a mail that never went out"
    assert state.steps[0].key == "sleep:room to look around#1", (
        "a wait for a message that never went out ends at once"
    )


async def test_spanish_contacts_read_spanish(stack: Stack) -> None:
    run = await stack.enroll("welcome-series", locale="es-MX", name="Ana")
    assert (await run.last_message()).locale == "es"
    mails = await run.mails()
    assert "Ana" in mails[0]
    assert "Welcome" not in mails[0]


@pytest.mark.parametrize(
    ("policy", "due_at_once", "left"),
    [("catch_up", True, None), ("restart_wait", False, days(3)), ("active_time", False, days(2))],
)
async def test_a_pause_over_a_due_date(
    stack: Stack, policy: str, due_at_once: bool, left: timedelta | None
) -> None:
    run = await stack.enroll("welcome-series")
    await run.event("email.opened", await run.last_message())
    await run.advance(days(1))  # of the 3 days of sleep
    await run.update("pause")
    await run.advance(days(5))
    assert await run.sent() == ["welcome/hello"], "a paused run does nothing"
    assert (await run.state()).status == "paused"
    await run.update("resume", Resume.model_validate({"policy": policy}))
    assert (len(await run.sent()) == 2) is due_at_once
    if left:
        await run.advance(left - hours(1))
        assert len(await run.sent()) == 1
        await run.advance(hours(2))
        assert len(await run.sent()) == 2


async def test_a_goal_ends_a_paused_run(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.update("pause")
    await run.event("order.completed")
    assert await run.outcome() == "converted"


async def test_an_event_that_comes_during_a_pause_still_counts(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    hello = await run.last_message()
    await run.advance(days(1))
    await run.update("pause")
    await run.advance(days(3))
    await run.event("email.opened", hello)
    await run.update("resume", Resume(policy="active_time"))
    assert [step.key for step in (await run.state()).steps] == ["sleep:room to look around#1"]


async def test_the_same_event_posted_twice_counts_once(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    first = await run.event("site.visited", id="visit-1-" + run.contact.id)
    again = await run.event("site.visited", id="visit-1-" + run.contact.id)
    assert (first.created, first.told) == (True, 1)
    assert (again.created, again.told) == (False, 0)
    assert (await run.contact_now()).score == 5
