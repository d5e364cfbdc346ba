"""Steps beside mail and waits: conditions, local times, people, undoing, rounds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from store.tables import Task
from store.tasks import Tasks
from store.teams import Teams
from tests.own import ledger
from tests.workflows.stack import Run, Stack
from workflows.contracts import Exit
from workflows.kit import days, hours, weeks


def bookings(run: Run) -> list[str]:
    mine = (one.split(" ", 1) for one in ledger.booked)
    return [what for whose, what in mine if whose == run.contact.id]


async def tasks(run: Run) -> list[Task]:
    async with run.stack.composition.database.read() as session:
        return list((await Tasks(session).page(enrollment_id=run.enrolled.id, limit=10))[0])


async def answer(run: Run, choice: str | None) -> None:
    (task,) = [one for one in await tasks(run) if one.status == "open"]
    answers = run.stack.composition.answering
    assert await answers.deliver(await answers.write(task.id, choice=choice, comment="as agreed", by="ann"))
    await run.quiet()


# Undoing.


async def test_what_was_done_is_undone_in_reverse_order_when_the_enrollment_is_withdrawn(
    stack: Stack,
) -> None:
    run = await stack.enroll("closing")
    for _ in range(3):
        await run.advance(days(1))
    assert bookings(run) == ["book deal", "book contract", "book invoice"]
    ledger.stuck.add(run.contact.id)
    await run.event("form.submitted")
    assert await run.outcome() == "withdrawn"
    assert bookings(run)[3:] == ["cancel invoice", "cancel contract", "cancel deal"]
    keys = [entry.key for entry in await run.trail()]
    assert {"undo/call:cancel deal#1", "end/update_crm:withdrawn#1"} <= set(keys)


async def test_what_fails_later_undoes_what_was_done_before(stack: Stack) -> None:
    contact = await stack.contact()
    ledger.refuses.add(contact.id)
    run = await stack.enroll("closing", contact)
    await run.advance(days(1))
    await run.advance(days(1))
    assert bookings(run) == ["book deal", "book contract", "cancel contract", "cancel deal"]
    assert (await run.row()).outcome == "failed"


async def test_an_exit_undoes_and_a_goal_does_not(stack: Stack) -> None:
    leaver, buyer = await stack.enroll("closing"), await stack.enroll("closing")
    await leaver.update("exit", Exit())
    await buyer.event("order.completed", properties={"amount": "1", "currency": "EUR"})
    assert bookings(leaver) == ["book deal", "cancel deal"]
    assert bookings(buyer) == ["book deal"]


async def test_undoing_reaches_over_continue_as_new(short_histories: Stack) -> None:
    run = await short_histories.enroll("closing")
    await run.advance(days(1))
    began = (await run.handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    assert began.continued_execution_run_id
    await run.update("exit", Exit())
    assert await run.outcome() == "exited"
    assert bookings(run) == ["book deal", "book contract", "cancel contract", "cancel deal"]


# Rounds.


async def test_five_rounds_send_each_message_once(chain: Stack) -> None:
    run = await chain.enroll("renewing")
    for year in range(5):
        if year == 2:
            await run.event("meeting.booked")
        await run.advance(days(31))
        await run.advance(days(335))
    assert await run.sent() == [
        "nurture/first",
        "nurture/first",
        "nurture/first",
        "nurture/second",
        "nurture/first",
        "nurture/first",
    ]
    assert (await run.row()).outcome == "expired"
    trail = [entry.key for entry in await run.trail()]
    assert len(trail) == len(set(trail))
    assert "r5/send_email:nurture/first#1" in trail
    assert "r2/sleep:the rest of the year#1" in trail


# People.


@pytest.mark.parametrize(("choice", "outcome"), [("no", "refused"), ("yes", "not called")])
async def test_an_answer_decides(stack: Stack, choice: str, outcome: str) -> None:
    run = await stack.enroll("approving")
    await answer(run, choice)
    if choice == "yes":
        await run.advance(days(4))
    assert await run.outcome() == outcome
    assert {task.status for task in await tasks(run)} <= {"done", "withdrawn"}


async def test_a_task_that_is_done_lets_the_path_go_on(stack: Stack) -> None:
    run = await stack.enroll("approving")
    await answer(run, "yes")
    await answer(run, None)
    assert await run.outcome() == "called"


async def test_who_does_not_answer_is_reminded_and_then_the_task_goes_up(stack: Stack) -> None:
    async with stack.composition.database.begin() as session:
        for role in ("sales", "head of sales"):
            await Teams(session).put(role, f"{role.replace(' ', '.')}@team.example.com", "en")
    run = await stack.enroll("approving")
    await run.advance(days(1))
    assert [(task.role, task.reminded_at is not None) for task in await tasks(run)] == [("sales", True)]
    await run.advance(days(1))
    assert [task.role for task in await tasks(run)] == ["head of sales"]
    await run.advance(days(2))
    assert await run.outcome() == "nobody answered"
    assert [task.status for task in await tasks(run)] == ["withdrawn"]


async def test_comments_stay_out_of_the_history(stack: Stack) -> None:
    run = await stack.enroll("approving")
    await answer(run, "no")
    history = (await run.handle.fetch_history()).to_json()
    assert "as agreed" not in history
    assert '"ann"' not in history


# Conditions and local times.


async def big_spender(stack: Stack, **draft: Any) -> Run:
    """One who is not in the control group."""
    while True:
        run = await stack.enroll("spending", **draft)
        if (await run.row()).outcome != "control":
            return run


async def order(run: Run, amount: object, currency: str = "EUR") -> None:
    await run.event("order.completed", properties={"amount": amount, "currency": currency})


async def test_an_event_counts_only_when_its_properties_meet_the_condition(stack: Stack) -> None:
    run = await big_spender(stack)
    await order(run, 50)
    await order(run, "80.00", "USD")
    await order(run, "many")
    assert (await run.state()).steps[0].key == (
        "wait_for:order.completed[amount > 50 & currency == 'EUR']|form.submitted#1"
    )
    await order(run, "50.01")
    assert (await run.state()).steps[0].key == "sleep_until:a working morning#1"
    history = (await run.handle.fetch_history()).to_json()
    assert "50.01" not in history


async def test_a_condition_may_hang_on_parameters(stack: Stack) -> None:
    while True:
        run = await stack.enroll("spending", params={"large": 500})
        if (await run.row()).outcome != "control":
            break
    await order(run, 499)
    assert (await run.state()).steps[0].key.startswith("wait_for:")
    await order(run, 501)
    assert (await run.state()).steps[0].key == "sleep_until:a working morning#1"


async def test_which_of_several_events_it_was(stack: Stack) -> None:
    run = await big_spender(stack)
    await run.event("form.submitted")
    assert await run.outcome() == "asked"


async def test_a_local_time_is_found_where_the_contact_is(stack: Stack) -> None:
    run = await big_spender(stack, time_zone="Asia/Tokyo")
    await order(run, 100)
    due = (await run.state()).steps[0].due
    assert due is not None
    assert (due.hour, due.minute) == (0, 0), "nine in Tokyo is midnight in UTC"
    assert due.isoweekday() <= 5
    await run.advance(days(4))
    assert await run.outcome() == "no birthday"
    assert "Asia/Tokyo" not in (await run.handle.fetch_history()).to_json()


async def test_a_date_in_an_attribute(stack: Stack) -> None:
    birthday = datetime.now(UTC).date() + weeks(5)
    run = await big_spender(stack, attributes={"birthday": birthday.isoformat()})
    await order(run, 100)
    await run.advance(days(4))
    due = (await run.state()).steps[0].due
    assert due is not None
    assert due.date() == birthday - days(1)
    assert due - due.replace(hour=0, minute=0) == hours(10.5)
    await run.advance(weeks(5))
    assert await run.outcome() in ("lucky", "completed")
