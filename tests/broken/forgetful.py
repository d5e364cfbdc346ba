"""A workflow file that imports what the sandbox would import anew for each run."""

from datetime import date

import structlog

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Forgetful(ContactWorkflow):
    """Imports a logging library of its own."""

    async def path(self) -> None:
        structlog.get_logger().info("hello")
        await self.sleep(days(1), "a day")
