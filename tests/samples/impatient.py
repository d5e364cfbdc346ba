"""A path that reads the clock behind the toolkit's back."""

from datetime import date, datetime

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Impatient(ContactWorkflow):
    """Reads the machine's clock."""

    async def path(self) -> None:
        if datetime.now().year > 2000:  # noqa: DTZ005  # what the test is about
            await self.sleep(days(1), "never reached")
