"""Events, other workflows, templates."""

from tests.checks.pairs.declaring import OBJECTIVE, declare
from workflows.events import ContactUnsubscribed, EmailClicked, EmailOpened, OrderCompleted, SiteVisited
from workflows.kit import ContactWorkflow, EventType, always, days, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=OBJECTIVE,
    starts_on=EventType("nobody.declared", {}),
    goals=[EventType("order.complete", {})],
)
class HopesForNothing(ContactWorkflow):  # event-undeclared
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=OBJECTIVE,
    starts_on=SiteVisited,
    goals=[OrderCompleted],
)
class HopesForOrders(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")


@marketing_workflow(
    stage="convert", owner="tests", reentry=always(), objective=OBJECTIVE, goals=[OrderCompleted]
)
class EndsAtOnce(ContactWorkflow):  # goal-unreachable
    """Broken."""

    async def path(self) -> None:
        await self.send_email("welcome/hello")


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=OBJECTIVE,
    goals=[OrderCompleted, EmailClicked],
)
class WaitsForItsGoal(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        mail = await self.send_email("welcome/hello")
        if await self.wait_for(mail.clicked, OrderCompleted, within=days(2)):  # waits-for-its-goal
            self.finish("bought")
        await self.wait_for(ContactUnsubscribed, within=days(1))  # waits-for-its-goal


@marketing_workflow(
    stage="convert", owner="tests", reentry=always(), objective=OBJECTIVE, goals=[OrderCompleted, EmailOpened]
)
class WaitsForMore(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        mail = await self.send_email("welcome/hello")
        if await self.wait_for(mail.seen, within=days(2)):
            self.finish("seen")


@marketing_workflow(
    stage="convert", owner="tests", reentry=always(), objective=OBJECTIVE, goals=[EmailOpened]
)
class CountsOpens(ContactWorkflow):  # opens-alone
    """Broken."""

    async def path(self) -> None:
        await self.send_email("welcome/hello")
        await self.sleep(days(1), "a day")


@declare
class TurnsOnOpens(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        hello = await self.send_email("welcome/hello")
        if await self.wait_for(EmailOpened, within=days(2), since=hello):  # opens-alone
            await self.update_crm("reader")


@declare
class HandsOverToNobody(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.onward()

    async def onward(self) -> None:
        await self.hand_over("lead-nurtering")  # unknown-workflow


@declare
class HandsOver(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("lead-nurturing", params={"most_touches": 3})


@declare
class HandsOverToItself(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("hands-over-to-itself")  # hands-over-to-itself


@declare
class TurnsInRounds(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        if await self.wait_for(SiteVisited, within=days(300)):
            self.finish("visited")
        self.next_round()


@declare
class GivesWrongParameters(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("lead-nurturing", params={"most_touchs": 3})  # wrong-parameters


@declare
class SendsNothingKnown(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.send_email("welcome/helo")  # template-missing
        await self.notify("sales", "team/helo")  # template-missing


@declare
class SendsEnglishOnly(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.send_email("english/only")  # template-language


@declare
class Sends(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.send_email("welcome/hello")
        await self.notify("sales", "team/notice")


PAIRS = [
    ("event-undeclared", HopesForNothing, HopesForOrders),
    ("goal-unreachable", EndsAtOnce, HopesForOrders),
    ("waits-for-its-goal", WaitsForItsGoal, WaitsForMore),
    ("opens-alone", CountsOpens, WaitsForMore),
    ("opens-alone", TurnsOnOpens, WaitsForMore),
    ("unknown-workflow", HandsOverToNobody, HandsOver),
    ("hands-over-to-itself", HandsOverToItself, TurnsInRounds),
    ("wrong-parameters", GivesWrongParameters, HandsOver),
    ("template-missing", SendsNothingKnown, Sends),
    ("template-language", SendsEnglishOnly, Sends),
]
