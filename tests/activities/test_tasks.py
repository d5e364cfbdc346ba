"""Tasks: made once, and mailed within the bound."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.exceptions import ApplicationError

from activities.calls import CreateTask, TaskMade
from activities.links import Links, TaskLink
from store import clock
from store.database import Database
from store.enrollments import Enrollments
from store.tables import Enrollment, Failure, Task
from store.tasks import Tasks as TaskRows
from tests.activities.conftest import Office, Ordered, perform, rows, text_of

ORDER = CreateTask(
    label="approve the discount", role="sales", text="More than 20 %.\nIs it <fine>?", answers=("yes", "no"),
    due_seconds=86_400,
)  # fmt: skip


async def only(database: Database) -> Task:
    (task,) = await rows(database, Task)
    assert isinstance(task, Task)
    return task


def link_in(text: str) -> str:
    return text.partition("/t/")[2].partition(">")[0]


async def test_the_task_is_made_and_its_team_is_mailed_a_link(
    office: Office, ordered: Ordered, links: Links
) -> None:
    await office.team("sales")
    made = await perform(office.tasks.create, ordered(ORDER))
    task = await only(office.database)
    assert made == TaskMade(task_id=task.id)
    assert (task.status, task.role, task.answers) == ("open", "sales", ["yes", "no"])
    assert task.due_at == task.created_at + timedelta(days=1)
    (mail,) = office.mails
    assert (mail["To"], mail["Message-ID"]) == ("sales@team.example", f"<{task.id}@shop.example>")
    assert mail["Subject"] == "To do: approve the discount"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = text_of(mail)
    assert "More than 20 %.\nIs it <fine>?" in text
    assert "yes · no" in text
    assert links.read_task(link_in(text)) == TaskLink(task.id, "sales")


async def test_of_the_contact_the_team_sees_the_name_alone(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    await perform(office.tasks.create, ordered(ORDER))
    assert b"Ada Lovelace" in office.relay.mails[0]
    assert b"ada@" not in office.relay.mails[0]
    assert b"/o/" not in office.relay.mails[0], "the team is not tracked"


async def test_a_repeated_call_makes_nothing_new(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    first = await perform(office.tasks.create, ordered(ORDER))
    assert await perform(office.tasks.create, ordered(ORDER)) == first
    assert len(office.mails) == len(await rows(office.database, Task)) == 1


@pytest.mark.parametrize("known", [True, False], ids=["no address", "no team"])
async def test_without_an_address_there_is_a_task_and_no_mail(
    office: Office, ordered: Ordered, known: bool
) -> None:
    if known:
        await office.team("sales")
        async with office.database.begin() as session:
            await session.execute(update(Task.metadata.tables["team"]).values(email=None))
    assert (await perform(office.tasks.create, ordered(ORDER))).task_id == (await only(office.database)).id
    assert office.mails == []


async def test_mails_are_in_the_teams_language(office: Office, ordered: Ordered) -> None:
    await office.team("sales", locale="es-MX")
    await perform(office.tasks.create, ordered(ORDER))
    assert office.mails[0]["Subject"] == "Por hacer: approve the discount"


async def test_a_crash_before_recording_repeats_the_mail_under_its_id(
    office: Office, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.team("sales")

    async def crash(*_: Any) -> None:
        raise SystemError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(office.mail, "record", crash)
        with pytest.raises(SystemError):
            await perform(office.tasks.create, ordered(ORDER))
    made = await perform(office.tasks.create, ordered(ORDER))
    assert [mail["Message-ID"] for mail in office.mails] == [f"<{made.task_id}@shop.example>"] * 2
    assert (await only(office.database)).id == made.task_id


async def test_while_the_relay_is_away_the_task_can_be_answered(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    office.relay.on_mail = lambda: "451 later"
    with pytest.raises(ApplicationError) as raised:
        await perform(office.tasks.create, ordered(ORDER))
    assert raised.value.type == "provider_unavailable"
    task = await only(office.database)
    async with office.database.begin() as session:
        assert await TaskRows(session).answer(task.id, "yes", None, "ann", clock.now())
    office.relay.on_mail = lambda: None
    assert (await perform(office.tasks.create, ordered(ORDER))).task_id == task.id
    assert office.mails == [], "nobody is asked for what is done"


async def test_after_days_without_a_relay_the_path_goes_on(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    made = await perform(office.tasks.create, ordered(ORDER), scheduled=timedelta(days=4))
    assert made.task_id
    assert office.mails == []


async def test_a_refused_address_holds_nothing_up(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    office.relay.on_rcpt = lambda address: "550 5.1.1 nobody here"
    assert (await perform(office.tasks.create, ordered(ORDER))).task_id
    (failure,) = await rows(office.database, Failure)
    assert failure.code == "address_refused"
    assert "nobody here" in failure.text


async def test_an_attempt_that_was_overtaken_sends_nothing(
    office: Office, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.team("sales")
    send = office.mail.send
    stood_still, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any) -> Any:
        stood_still.set()
        await go_on.wait()
        return await send(*args)

    with monkeypatch.context() as patch:
        patch.setattr(office.mail, "send", slow)
        late = asyncio.create_task(perform(office.tasks.create, ordered(ORDER)))
        await stood_still.wait()
    await perform(office.tasks.create, ordered(ORDER))
    go_on.set()
    with pytest.raises(ApplicationError) as raised:
        await late
    assert raised.value.type == "overtaken"
    assert len(office.mails) == 1


async def test_no_transaction_is_open_while_the_relay_thinks(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    wrote = []

    async def write(_server: Any) -> None:
        async with asyncio.timeout(5), office.database.begin() as session:
            await session.execute(update(Task).values(comment="while it waits"))
            wrote.append(True)

    office.relay.on_data = write
    await perform(office.tasks.create, ordered(ORDER))
    assert wrote


async def test_a_task_of_an_enrollment_that_ended_meanwhile_is_nobodys(
    office: Office, ordered: Ordered, enrollment: Enrollment
) -> None:
    await office.team("sales")
    async with office.database.begin() as session:
        await Enrollments(session).mark_ended(enrollment.id, "terminated", None, clock.now())
    await perform(office.tasks.create, ordered(ORDER))
    assert (await only(office.database)).status == "withdrawn"
    assert office.mails == []
