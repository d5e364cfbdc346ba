"""The one run behind upkeep, in a file of its own: the sandbox imports it anew for each run."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

RUN_ID = "cadencia-upkeep"
UPKEEP_QUEUE = "cadencia-upkeep"


@workflow.defn(name="CadenciaUpkeep")
class UpkeepWorkflow:
    """Runs one activity, which works for an hour, and continues as new: 24 closed runs a day, with short histories."""

    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            "upkeep",
            start_to_close_timeout=timedelta(hours=2),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=10)),
        )
        workflow.continue_as_new()
