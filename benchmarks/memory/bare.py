"""The reference: a run that sleeps, by the SDK alone."""

from datetime import timedelta

from temporalio import workflow

from workflows.contracts import Enrollment


@workflow.defn
class BareSleeper:
    @workflow.run
    async def run(self, enrollment: Enrollment) -> str:
        await workflow.sleep(timedelta(days=2))
        return enrollment.id
