"""The twins of the paths that show one kind of step each."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from activities.calls import (
    ChaseTask,
    CreateTask,
    Moment,
    Nothing,
    Notify,
    Publish,
    StartWorkflow,
    UpdateContact,
    WithdrawConsent,
)
from activities.contacts import ContactRecords
from activities.moments import Moments
from activities.notifying import Notifying
from activities.publishing import Publishing
from activities.starting import Starting
from activities.tasks import Tasks
from workflows.contracts import Enrollment, Outcome

with workflow.unsafe.imports_passed_through():
    from benchmarks.overhead.by_hand import ByHand
    from tests.own.refusing import refuse


@workflow.defn
class SleepingUntilByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        found = await self.question(Moments.find, "morning", Moment(since=workflow.now(), time="09:00"))
        if found.at is not None:
            await workflow.sleep(found.at - workflow.now())
        await self.score(1, "awake")
        return await self.end("completed")


@workflow.defn
class AskingByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        order = CreateTask(label="go on?", role="benchmarks", answers=("yes", "no"), due_seconds=2 * 86_400)
        task = await self.effect(Tasks.create, "task", order, "email")
        if not await self.wait(timedelta(days=1), "task.done", message_id=task.task_id):
            await self.effect(Tasks.chase, "remind", ChaseTask(task_id=task.task_id), "email")
            await self.wait(timedelta(days=1), "task.done", message_id=task.task_id)
        await self.score(1, "answered")
        return await self.end("completed")


@workflow.defn
class TellingByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        await self.effect(Notifying.notify, "a", Notify(role="benchmarks", template="team/notice"), "email")
        await self.effect(Publishing.publish, "b", Publish(channel="blog", item="news"))
        await self.effect(ContactRecords.update, "c", UpdateContact(attributes={"told": True}))
        await self.effect(ContactRecords.withdraw_consent, "d", WithdrawConsent(topic="news"))
        await self.effect(Starting.start, "e#1", StartWorkflow(workflow="sleeping"))
        return await self.end("completed")


@workflow.defn
class UndoingByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        for what in ("one", "two", "undo two", "undo one"):
            await workflow.execute_activity(
                refuse,
                self.call(what, Nothing()),
                task_queue="cadencia-effects",
                start_to_close_timeout=timedelta(seconds=30),
            )
        return await self.end("withdrawn")


@workflow.defn
class DecidingByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        workflow.now()
        workflow.random().random()
        await self.score(1, "left" if hash(self.enrollment.subject_id) % 2 else "right")
        return await self.end("completed")


@workflow.defn
class SideBySideByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        await asyncio.gather(self.ordered(), workflow.sleep(timedelta(days=3)))
        await self.score(1, "both")
        return await self.end("completed")

    async def ordered(self) -> None:
        """Of two orders it is told of the one that is large enough."""
        await workflow.wait_condition(lambda: len(self.heard) == 1, timeout=timedelta(days=5))


@workflow.defn
class TurningByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        turned = enrollment.params.get("round") == 2
        await self.score(1, "turned again" if turned else "turned")
        if not turned:
            workflow.continue_as_new(enrollment.model_copy(update={"params": {"round": 2}}))
        return await self.end("completed")


STEP_TWINS: dict[str, type] = {
    "sleeping-until": SleepingUntilByHand,
    "asking": AskingByHand,
    "telling": TellingByHand,
    "undoing": UndoingByHand,
    "deciding": DecidingByHand,
    "side-by-side": SideBySideByHand,
    "turning": TurningByHand,
}
