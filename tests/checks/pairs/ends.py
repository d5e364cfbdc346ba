"""Ends that cannot pass through."""
# ruff: noqa: E722  # the mistakes that are to be found

from contextlib import suppress

from tests.checks.pairs.declaring import declare
from workflows.kit import ContactWorkflow, Ending, StepFailed, days, on_end


@declare
class CatchesAll(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        try:
            await self.send_email("welcome/hello")
        except:  # swallows-ends
            await self.update_crm("unknown")
        await self.sleep(days(1), "a day")


@declare
class CatchesEnds(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.mail()

    async def mail(self) -> None:
        try:
            await self.send_email("welcome/hello")
        except (StepFailed, BaseException):  # swallows-ends
            return
        with suppress(BaseException):  # swallows-ends
            await self.sleep(days(1), "another day")


@declare
class CatchesFailures(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        try:
            await self.send_email("welcome/hello")
        except StepFailed:
            await self.update_crm("unknown")
        with suppress(StepFailed):
            await self.update_crm("known")
        try:
            await self.sleep(days(1), "a day")
        except BaseException:
            self.log("over")
            raise


@declare
class TidiesUp(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        try:
            await self.sleep(days(1), "a day")
        finally:
            await self.update_crm("rested")  # finally-around-await


@declare
class TidiesUpAtItsEnd(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        try:
            hours = int("8")
        finally:
            self.log("counted")
        await self.sleep(days(hours), "some days")

    @on_end
    async def rest(self, ending: Ending) -> None:
        await self.update_crm("rested")


class Gate:
    """Opens and closes."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


@declare
class OpensAGate(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        async with Gate():  # async-block
            await self.sleep(days(1), "a day")


@declare
class OpensNothing(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        with suppress(StepFailed):
            await self.sleep(days(1), "a day")


PAIRS = [
    ("swallows-ends", CatchesAll, CatchesFailures),
    ("swallows-ends", CatchesEnds, CatchesFailures),
    ("finally-around-await", TidiesUp, TidiesUpAtItsEnd),
    ("async-block", OpensAGate, OpensNothing),
]
