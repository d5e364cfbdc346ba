"""Imports what runs do not share."""

import structlog  # unshared-import

from tests.checks.pairs.declaring import declare
from workflows import welcome_series  # unshared-import
from workflows.kit import ContactWorkflow, days


@declare
class ImportsTooMuch(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        self.log(welcome_series.__name__)
        structlog.get_logger().info("hello")  # outside-world
        await self.sleep(days(1), "a day")
