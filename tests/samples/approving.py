"""Asks people."""

from datetime import date

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Approving(ContactWorkflow):
    """An offer that somebody must approve, and a call that somebody must make."""

    async def path(self) -> None:
        match await self.ask(
            "approve the offer",
            role="sales",
            answers=("yes", "no"),
            within=days(2),
            text="More than 20 % off.",
            escalate_to="head of sales",
        ):
            case "yes":
                call = await self.create_task("call the lead", role="sales", due=days(1))
                done = await self.wait_for(call.done, within=days(3))
                self.finish("called" if done else "not called")
            case "no":
                self.finish("refused")
            case _:
                await self.notify("sales", "team/lead-is-ready")
                self.finish("nobody answered")
