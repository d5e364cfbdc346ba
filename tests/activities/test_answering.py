"""Answers that are told later: one that cannot be told holds up no other, and the same one is told the same way."""

from activities.answering import Answering
from activities.calls import CreateTask, EventSignal
from activities.runs import RunsUnavailable
from store.tables import Task
from tests.activities.conftest import Office, Ordered, perform, rows


class Telling:
    """Runs that hear everything, after so many failures."""

    def __init__(self, failures: int) -> None:
        self.told: list[EventSignal] = []
        self._failures = failures

    async def start(self, order: object) -> None:
        raise AssertionError("an answer starts nothing")

    async def signal(self, enrollment_id: str, event: EventSignal) -> bool:
        if self._failures:
            self._failures -= 1
            raise RunsUnavailable("away")
        self.told.append(event)
        return True

    async def unread(self, enrollment_id: str, since: object) -> bool:
        raise AssertionError("answers are told one by one")


async def test_one_that_cannot_be_told_holds_up_no_other(office: Office, ordered: Ordered) -> None:
    runs = Telling(failures=1)
    answering = Answering(office.database, runs)
    for number in range(3):
        order = CreateTask(label="approve", role="sales", answers=("yes", "no"))
        await perform(office.tasks.create, ordered(order, f"create_task:approve#{number}"))
    made = await rows(office.database, Task)
    done = [await answering.write(task.id, choice="yes", comment="because", by="ann") for task in made]
    assert await answering.deliver_all(done, 5) == 2
    left = [task for task in await rows(office.database, Task) if task.delivered_at is None]
    assert len(left) == 1
    assert await answering.deliver_all(done, 5) == 3, (
        "to be told twice is to be told once: the id is the same"
    )
    assert {signal.id for signal in runs.told} == {f"{task.id}.done" for task in made}
    assert {(signal.name, signal.choice) for signal in runs.told} == {("task.done", "yes")}
    assert "because" not in str(runs.told)


async def test_a_run_that_is_over_needs_to_hear_of_nothing(office: Office, ordered: Ordered) -> None:
    class Over(Telling):
        async def signal(self, enrollment_id: str, event: EventSignal) -> bool:
            return False

    made = await perform(office.tasks.create, ordered(CreateTask(label="call", role="sales")))
    await Answering(office.database, Over(0)).answer(made.task_id, choice=None, comment=None, by=None)
    (task,) = await rows(office.database, Task)
    assert task.delivered_at
