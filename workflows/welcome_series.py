"""WelcomeSeries: the first weeks of a new contact."""

from datetime import date, timedelta

from workflows.events import ContactSubscribed, OrderCompleted
from workflows.kit import (
    ContactWorkflow,
    Ending,
    Objective,
    Parameters,
    days,
    marketing_workflow,
    on_end,
    once,
)


class WelcomeParameters(Parameters):
    """How long each touch is given."""

    greeting_seen_within: timedelta = days(2)
    room_to_look_around: timedelta = days(3)
    time_to_use_it: timedelta = days(4)


@marketing_workflow(
    stage="attract",
    owner="lifecycle",
    starts_on=ContactSubscribed,
    goals=[OrderCompleted],
    reentry=once(),
    objective=Objective(
        metric="conversion",
        baseline=0.18,
        target=0.30,
        within=days(21),
        by=date(2027, 6, 30),
        supports="new customers",
    ),
)
class WelcomeSeries(ContactWorkflow):
    """Greets a new contact and leads them to a first purchase."""

    params: WelcomeParameters

    async def path(self) -> None:
        await self.update_crm("lead")
        await self.greet()
        await self.sleep(self.params.room_to_look_around, "room to look around")
        match await self.split("incentive", {"guide": 50, "offer": 50}):
            case "guide":
                gift = await self.send_email("welcome/guide")
            case _:
                gift = await self.send_email("welcome/offer")
        await self.sleep(self.params.time_to_use_it, "time to use it")
        if await self.wait_for(gift.clicked, within=days(0)):
            await self.score(10, "welcome gift clicked")
            await self.send_email("welcome/reminder")
            await self.update_crm("engaged lead")
        else:
            if gift.sent:
                await self.score(-5, "welcome gift ignored")
            await self.update_crm("quiet")
        await self.hand_over("lead-nurturing")

    async def greet(self) -> None:
        """The greeting; to those who do not see it, once more under another subject."""
        hello = await self.send_email("welcome/hello")
        if await self.wait_for(hello.seen, within=self.params.greeting_seen_within):
            await self.score(5, "greeting seen")
        elif hello.sent:
            await self.score(-2, "greeting not seen")
            await self.send_email("welcome/hello-again")

    @on_end
    async def tell_the_crm(self, ending: Ending) -> None:
        if ending.outcome == "converted":
            await self.score(50, "first order")
            await self.update_crm("customer")
