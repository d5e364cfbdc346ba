"""Calls an activity of its own."""

from datetime import date

from pydantic import Field

from tests.own.vouchers import Voucher, grant_voucher
from workflows.kit import (
    ContactWorkflow,
    Objective,
    Parameters,
    StepFailed,
    always,
    attribute,
    days,
    marketing_workflow,
)


class GenerousParameters(Parameters):
    """How generous."""

    percent: int = Field(default=10, ge=1, le=100)


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Generous(ContactWorkflow):
    """Grants a voucher to those on a plan, but not for everything."""

    params: GenerousParameters

    async def path(self) -> None:
        if self.params == GenerousParameters(percent=100):
            self.finish("too generous")
        if not await self.matches(attribute("plan") == "pro"):
            self.finish("no plan")
        try:
            answer = await self.call(
                grant_voucher, Voucher(percent=self.params.percent), results=("granted", "sold_out")
            )
        except StepFailed as failed:
            self.finish("failed to grant", reason=failed.code)
        self.finish(answer)
