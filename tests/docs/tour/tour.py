"""Every call of the toolkit, one after the other."""

from datetime import date

from temporalio import workflow

from tests.own.vouchers import Voucher, grant_voucher
from workflows.events import MeetingBooked
from workflows.kit import ContactWorkflow, Objective, attribute, days, local, marketing_workflow, once


@marketing_workflow(
    stage="delight",
    owner="tests",
    reentry=once(),
    objective=Objective("nothing", 0.1, 0.2, within=days(10), by=date(2030, 1, 1), supports="tests"),
)
class Tour(ContactWorkflow):
    """Takes every step once."""

    async def path(self) -> None:
        await self.send_email("welcome/hello")
        await self.notify("sales", "team/notice")
        await self.create_task("look at it", role="sales")
        await self.ask("go on?", role="sales", answers=("yes", "no"), within=days(2))
        await self.score(1, "tour")
        await self.update_contact("toured", toured=True)
        await self.update_crm("toured")
        await self.withdraw_consent("letters")
        await self.publish("blog", "tour")
        await self.call(grant_voucher, Voucher(percent=10), results=("granted", "sold_out"))
        await self.compensate_with(grant_voucher, Voucher(percent=20))
        await self.sleep(days(1), "a day")
        await self.sleep_until(await self.now() + days(1), "another day")
        await self.sleep_until(local("09:00"), "a morning")
        await self.wait_for(MeetingBooked, within=days(1))
        await self.matches(attribute("tier") == "gold")
        await self.split("colour", {"red": 1, "blue": 1})
        await self.control_group("holdout", 10)
        await self.random("dice")
        await self.together(left=self.score(1, "left"), right=self.score(1, "right"))
        await self.start("welcome-series")
        self.finish("toured")

    @workflow.query
    def colour(self) -> str:
        """A query of the author's own."""
        return "red"
