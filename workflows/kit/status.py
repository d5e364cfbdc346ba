"""A run tells its row how it stands whenever that changes, so that lists say what the run would say."""

from collections.abc import Callable

from temporalio import workflow

from activities.calls import RunStatus
from workflows.contracts import Status
from workflows.kit.dispatch import Dispatch
from workflows.kit.search import STATE
from workflows.kit.steps import StepFailed
from workflows.kit.timing import RunClock


class StatusReports:
    """`told` is the status that the row was told last; the end is told with the outcome, by another activity.

    `now` gives the status and, of a parked run, the fault.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        clock: RunClock,
        now: Callable[[], tuple[Status, str | None]],
        told: str | None,
    ) -> None:
        self._dispatch = dispatch
        self._clock = clock
        self._now = now
        self._busy = False
        self.told = told

    @property
    def done(self) -> bool:
        return not self._busy and self._now()[0] in (self.told, "ended")

    async def keep(self) -> None:
        """Reports each change. Never returns."""
        while True:
            await workflow.wait_condition(lambda: not self.done)
            await self._report()

    async def rest(self) -> None:
        """Until no report is under way."""
        await workflow.wait_condition(lambda: not self._busy)

    async def _report(self) -> None:
        status, fault = self._now()
        if status == "ended":
            return
        self._busy = True
        number = int(workflow.now().timestamp() * 1e6)  # it grows over continue-as-new, moves and resets too
        report = RunStatus(status=status, at=self._clock.now(), number=number, fault=fault)
        try:
            workflow.upsert_search_attributes([STATE.value_set(status)])
            await self._dispatch.tell(report)
        except StepFailed as failed:
            workflow.logger.warning(f"the status {status} was not recorded: {failed}")
        finally:
            self._busy = False
        self.told = status
