"""The reference: three activities that do nothing, by the SDK alone."""

from datetime import timedelta

from temporalio import activity, workflow


@activity.defn
async def nothing(subject_id: str) -> None:
    """Answers at once."""


@workflow.defn
class Bare:
    @workflow.run
    async def run(self, subject_id: str) -> None:
        for _ in range(3):
            await workflow.execute_activity(nothing, subject_id, start_to_close_timeout=timedelta(seconds=30))
