"""Single steps: questions, and activities of an engineer's own."""

from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.exceptions import ApplicationError

from activities import rules
from tests.own import vouchers
from tests.workflows.stack import Run, Stack

PRO = {"plan": "pro"}


def grants(run: Run) -> int:
    return sum(one.startswith(run.enrolled.id) for one in vouchers.granted)


async def types(run: Run) -> list[int]:
    return [event.event_type for event in (await run.handle.fetch_history()).events]


@pytest.mark.parametrize(
    ("attributes", "percent", "outcome"), [({}, 10, "no plan"), (PRO, 10, "granted"), (PRO, 60, "sold_out")]
)
async def test_the_answers_of_an_own_activity(
    stack: Stack, attributes: dict[str, str], percent: int, outcome: str
) -> None:
    run = await stack.enroll("generous", attributes=attributes, params={"percent": percent})
    assert await run.outcome() == outcome
    assert (await run.row()).outcome == outcome


async def test_parameters_are_of_the_class_that_the_file_names(stack: Stack) -> None:
    run = await stack.enroll("generous", attributes=PRO, params={"percent": 100})
    assert await run.outcome() == "too generous"


async def test_an_own_activity_that_fails_for_good_is_an_exception_in_the_path(stack: Stack) -> None:
    contact = await stack.contact(attributes=PRO)
    vouchers.failing[contact.id] = ApplicationError(
        f"no vouchers for {contact.email}", type="account_closed", non_retryable=True
    )
    run = await stack.enroll("generous", contact)
    assert await run.outcome() == "failed to grant"
    assert (await run.row()).reason == "account_closed"


async def test_an_own_activity_is_done_once_even_after_a_reset(stack: Stack) -> None:
    run = await stack.enroll("generous", attributes=PRO)
    assert await run.outcome() == "granted"
    assert grants(run) == 1
    history = await run.handle.fetch_history()
    done = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    await run.reset(done[0].event_id)
    assert await run.outcome() == "granted"
    assert grants(run) == 1
    assert "call:grant_voucher#1" in [entry.key for entry in await run.trail()]


async def test_a_question_costs_one_marker(stack: Stack) -> None:
    run = await stack.enroll("generous")
    await run.outcome()
    assert EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED not in await types(run)
    assert (await types(run)).count(EventType.EVENT_TYPE_MARKER_RECORDED) == 2, "the question and the end"


async def test_a_question_that_fails_locally_is_asked_as_an_ordinary_activity(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, calls = rules.holds, []

    def troubled(*args: Any) -> bool:
        calls.append(args)
        if len(calls) <= 2:
            raise ConnectionError("the database is away")
        return bool(answer(*args))

    monkeypatch.setattr(rules, "holds", troubled)
    run = await stack.enroll("generous", attributes=PRO)
    assert await run.outcome() == "granted"
    assert (await types(run)).count(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) == 2, (
        "the question, the voucher"
    )
