"""Tasks are chased while they are open."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.calls import ChaseTask, End, Notified
from activities.endings import Endings
from activities.links import Links, TaskLink
from activities.tasks import Tasks
from store import clock
from store.tables import Enrollment, Task
from store.tasks import Tasks as TaskRows
from tests.activities.conftest import Office, Ordered, perform, rows, text_of
from tests.activities.test_tasks import ORDER, link_in, only


async def chased(tasks: Tasks, ordered: Ordered, task_id: str, key: str, to: str | None = None) -> Notified:
    done = await perform(tasks.chase, ordered(ChaseTask(task_id=task_id, escalate_to=to), key))
    assert isinstance(done, Notified)
    return done


async def test_a_reminder_follows_up_on_the_first_mail(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    made = await perform(office.tasks.create, ordered(ORDER))
    for _ in range(2):
        assert await chased(office.tasks, ordered, made.task_id, "remind:one#1") == Notified()
    first, reminder = office.mails
    assert reminder["Subject"] == "Still to do: approve the discount"
    assert reminder["In-Reply-To"] == reminder["References"] == first["Message-ID"]
    assert reminder["Message-ID"] != first["Message-ID"]
    assert (await only(office.database)).reminded_at


async def test_an_escalation_gives_the_task_to_another_role(
    office: Office, ordered: Ordered, links: Links
) -> None:
    await office.team("sales")
    await office.team("head of sales", "head@team.example")
    made = await perform(office.tasks.create, ordered(ORDER))
    for _ in range(2):
        assert await chased(office.tasks, ordered, made.task_id, "up:one#1", "head of sales") == Notified()
    task = await only(office.database)
    assert (task.role, task.escalated_from) == ("head of sales", "sales")
    told = office.mails[1]
    assert (told["To"], told["Subject"]) == ("head@team.example", "Now yours: approve the discount")
    assert "It was with sales" in text_of(told)
    assert links.read_task(link_in(text_of(told))) == TaskLink(task.id, "head of sales")
    assert len(office.mails) == 2


async def test_an_escalation_that_could_not_be_mailed_is_repeated(office: Office, ordered: Ordered) -> None:
    await office.team("head", "head@team.example")
    made = await perform(office.tasks.create, ordered(ORDER))
    office.relay.on_mail = lambda: "451 later"
    with pytest.raises(ApplicationError):
        await chased(office.tasks, ordered, made.task_id, "up:one#1", "head")
    office.relay.on_mail = lambda: None
    await chased(office.tasks, ordered, made.task_id, "up:one#1", "head")
    assert (await only(office.database)).escalated_from == "sales"
    assert len(office.mails) == 1


async def test_nobody_is_chased_for_what_is_over(
    office: Office, ordered: Ordered, enrollment: Enrollment
) -> None:
    await office.team("sales")
    made = await perform(office.tasks.create, ordered(ORDER))
    done = await perform(office.tasks.create, ordered(ORDER, "step:two#1"))
    async with office.database.begin() as session:
        await TaskRows(session).answer(done.task_id, "yes", None, "ann", clock.now())
    await perform(Endings(office.database).record, ordered(End(outcome="completed"), "end"))
    for number, task_id in enumerate((made.task_id, done.task_id, "task_none")):
        skipped = await chased(office.tasks, ordered, task_id, f"remind:{number}#1", "head")
        assert skipped == Notified(skipped="not_open")
    assert len(office.mails) == 2
    statuses = {task.id: (task.status, task.role) for task in await rows(office.database, Task)}
    assert statuses == {made.task_id: ("withdrawn", "sales"), done.task_id: ("done", "sales")}


async def test_a_chase_without_an_address_says_so(office: Office, ordered: Ordered) -> None:
    made = await perform(office.tasks.create, ordered(ORDER))
    skipped = await chased(office.tasks, ordered, made.task_id, "remind:one#1")
    assert skipped == Notified(skipped="no_address")
    assert (await only(office.database)).reminded_at is None
