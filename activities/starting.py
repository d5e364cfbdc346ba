"""Enrolling a subject in another workflow, from a path."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call, Started, StartWorkflow
from activities.effects import recall, remember
from activities.enrolling import Enroller, UnknownWorkflow
from store.database import Database


class Starting:
    def __init__(self, database: Database, enroller: Enroller) -> None:
        self._database = database
        self._enroller = enroller

    @activity.defn(name="start")
    async def start(self, call: Call[StartWorkflow]) -> Started:
        """Enrolls once. The entry is named after the call, so that a repeated one finds the same enrollment."""
        async with self._database.read() as session:
            done = await recall(session, call, Started)
        if done is not None:
            return done
        try:
            enrolled = await self._enroller.enroll(
                call.order.workflow,
                call.subject_id,
                params=call.order.params,
                entry_key=call.order.entry_key or _entry_key(call),
            )
        except UnknownWorkflow as error:
            # Not for good: the workflow may come with the next release.
            raise ApplicationError(str(error), type="unknown_workflow") from None
        started = Started(enrollment_id=enrolled.id, created=enrolled.created, reason=enrolled.reason)
        async with self._database.begin() as session:
            await remember(session, call, started)
        return started


def _entry_key(call: Call[StartWorkflow]) -> str:
    """`welcome-series.1.1`: the workflow, its entry, and the how manieth start of this kind it is."""
    entry = call.enrollment_id.rpartition(":")[2]
    times = call.key.rpartition("#")[2]
    return f"{call.workflow}.{entry}.{times}"[-64:]
