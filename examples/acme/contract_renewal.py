"""ContractRenewal: one round a year, for as long as the contract is renewed."""

from datetime import date

from examples.acme.events import ContractRenewed, ContractSigned
from examples.acme.prices import hold_price, release_price
from workflows.kit import ContactWorkflow, Objective, date_of, days, local, marketing_workflow, once


@marketing_workflow(
    stage="delight",
    owner="accounts",
    starts_on=ContractSigned,
    reentry=once(),
    objective=Objective(
        "renewals", 0.81, 0.90, within=days(120), by=date(2027, 12, 31), supports="retention"
    ),
)
class ContractRenewal(ContactWorkflow):
    """Asks the account manager for terms each year, offers them, and turns to the next year when the contract does."""

    async def path(self) -> None:
        """Billing writes the new date to `renewal` before it says that the contract was renewed."""
        if not await self.sleep_until(local("09:00", on=date_of("renewal") - days(60)), "sixty days before"):
            self.finish("no contract")
        await self.call(hold_price)
        await self.compensate_with(release_price)
        terms = await self.ask(
            "renewal terms",
            role="account-manager",
            answers=("same", "better", "none"),
            within=days(10),
            escalate_to="sales",
        )
        match terms:
            case "none":
                self.withdraw("no offer")
            case "better":
                await self.send_email("renewal/better", purpose="transactional")
            case _:
                await self.send_email("renewal/same", purpose="transactional")
        if not await self.wait_for(ContractRenewed, within=days(60)):
            self.withdraw("not renewed")
        await self.send_email("renewal/thanks", purpose="transactional")
        self.next_round()
