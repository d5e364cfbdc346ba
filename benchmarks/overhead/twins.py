"""WelcomeSeries and the small paths once more, written by hand against the SDK with the same activities."""

import hashlib
from datetime import timedelta

from temporalio import workflow

from activities.calls import Condition, Match, StartWorkflow
from activities.rules import Rules
from activities.starting import Starting
from workflows.contracts import Enrollment, Outcome

with workflow.unsafe.imports_passed_through():
    from benchmarks.overhead.by_hand import ByHand, Converted
    from benchmarks.overhead.step_twins import STEP_TWINS


@workflow.defn
class WelcomeSeriesByHand(ByHand):
    """The same path, waits, goal, and what is still done when the goal is reached."""

    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        try:
            await self.welcome()
        except Converted:
            await self.score(50, "first order")
            await self.update_crm("customer")
            return await self.end("converted")
        return await self.end("completed")

    async def welcome(self) -> None:
        await self.update_crm("lead")
        await self.greet()
        await self.wait(timedelta(days=3))
        half = hashlib.sha256(self.enrollment.subject_id.encode()).digest()[0] % 2
        gift = await self.send_email("welcome/guide" if half else "welcome/offer")
        await self.wait(timedelta(days=4))
        if await self.wait(timedelta(0), "email.clicked", message_id=gift):
            await self.score(10, "welcome gift clicked")
            await self.send_email("welcome/reminder")
            await self.update_crm("engaged lead")
        else:
            await self.score(-5, "welcome gift ignored")
            await self.update_crm("quiet")
        await self.effect(Starting.start, "hand-over", StartWorkflow(workflow="lead-nurturing"))

    async def greet(self) -> None:
        hello = await self.send_email("welcome/hello")
        seen = ("email.opened", "email.clicked", "site.visited")
        if await self.wait(timedelta(days=2), *seen, message_id=hello):
            await self.score(5, "greeting seen")
        else:
            await self.score(-2, "greeting not seen")
            await self.send_email("welcome/hello-again")


@workflow.defn
class SleepingByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        await workflow.sleep(timedelta(days=2))
        await self.score(1, "awake")
        return await self.end("completed")


@workflow.defn
class MatchingByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        rule = Match(conditions=(Condition(field="score", operator=">=", value=0),))
        if await self.question(Rules.match, "rule", rule):
            await self.score(1, "matched")
        return await self.end("completed")


@workflow.defn
class SplittingByHand(ByHand):
    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(enrollment)

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        half = hashlib.sha256(self.enrollment.subject_id.encode()).digest()[0] % 2
        await self.score(1, "left" if half else "right")
        return await self.end("completed")


TWINS: dict[str, type] = {
    **STEP_TWINS,
    "welcome-series": WelcomeSeriesByHand,
    "sleeping": SleepingByHand,
    "matching": MatchingByHand,
    "splitting": SplittingByHand,
}
"""The twin of each workflow, by slug."""
