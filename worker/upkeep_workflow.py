"""The workflow behind the upkeep schedule, in a file of its own: the sandbox imports it anew for each run."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy


@workflow.defn(name="CadenciaUpkeep")
class UpkeepWorkflow:
    """Sweeps and reconciles, once a minute."""

    @workflow.run
    async def run(self) -> None:
        for job in ("sweep", "reconcile"):
            await workflow.execute_activity(
                job,
                task_queue="cadencia-effects",
                start_to_close_timeout=timedelta(minutes=5),
                retry_policy=RetryPolicy(maximum_attempts=3),
            )
