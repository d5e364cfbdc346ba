"""A plain Temporal workflow, as an engineer may have it already, and an activity of its own."""

from datetime import timedelta

from temporalio import workflow

from tests.plain.cards import write_card
from workflows.contracts import Enrollment


@workflow.defn(name="Anniversary")
class YearsTogether:
    """Writes a card after a year."""

    @workflow.run
    async def run(self, enrollment: Enrollment) -> dict[str, str]:
        await workflow.sleep(timedelta(days=365))
        name = await workflow.execute_activity(
            write_card,
            f"{enrollment.subject_id} {enrollment.params['card']}",
            task_queue="cadencia-effects",
            start_to_close_timeout=timedelta(seconds=10),
        )
        return {"outcome": "card written", "reason": name}
