"""A run without a row: an older database was restored. Its row is written anew from its input, or it is ended."""

from pydantic import ValidationError
from temporalio.client import Client

from activities.calls import NO_ENROLLMENT
from store import clock
from store.contacts import Contacts
from store.database import Database
from store.enrollments import Enrollments
from store.tables import Enrollment as Row
from worker.connection import PATIENCE, RunEnded, Runs, UpdateRefused, reaching
from workflows.analysis.protos import decoded
from workflows.contracts import Enrollment

_FIRST_WORD = 1
"""Number of the status that is written here: whatever the run tells of itself counts more."""


class NotWritable(Exception):
    """The row cannot be written anew; the text says why, and what to do instead."""


class Rowless:
    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._runs = Runs(client)
        self._database = database

    async def let_go(self, id: str) -> None:
        """Terminates the run: its steps would be recorded nowhere."""
        async with reaching("Temporal"):
            await self._client.get_workflow_handle(id).terminate(
                "let go: it has no enrollment", rpc_timeout=PATIENCE
            )

    async def write_row(self, id: str) -> None:
        """Writes the row as that of a parked run. Raises NotWritable."""
        given = await self._input(id)
        async with self._database.begin() as session:
            if given.subject_kind == "contact" and not await Contacts(session).get(given.subject_id):
                why = f"its contact {given.subject_id} does not exist either: let it go, and enroll the person again"
                raise NotWritable(why)
            await Enrollments(session).insert(_row(given))

    async def go_on(self, id: str) -> None:
        """Asks the run to go on, and notes that it does. Raises RunsUnavailable."""
        try:
            await self._runs.update(id, "migrate")
        except (UpdateRefused, RunEnded):
            return  # it is ending, or has ended
        async with self._database.begin() as session:
            await Enrollments(session).set_run_status(id, "running", clock.now(), _FIRST_WORD)

    async def _input(self, id: str) -> Enrollment:
        async with reaching("Temporal"):
            events = self._client.get_workflow_handle(id).fetch_history_events(page_size=1)
            first = await anext(events)
        try:
            return Enrollment.model_validate(decoded(first.workflow_execution_started_event_attributes.input))
        except ValidationError:
            raise NotWritable("its input is not that of an enrollment: let it go") from None


def _row(given: Enrollment) -> Row:
    now = clock.now()
    ledger = given.ledger
    turn = ledger.round if ledger else 1
    return Row(
        id=given.id,
        workflow=given.workflow,
        subject_kind=given.subject_kind,
        subject_id=given.subject_id,
        contact_id=given.subject_id if given.subject_kind == "contact" else None,
        entry=given.entry,
        params=dict(given.params),
        release=given.release,
        status="running",
        round=turn,
        round_params=dict(given.params) if turn > 1 else None,
        run_status="parked",
        run_status_at=now,
        fault=NO_ENROLLMENT,
        started_at=ledger.started if ledger else now,
    )
