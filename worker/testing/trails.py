"""What a run has done, as the database and the run itself know it."""

from contextlib import suppress

from activities.calls import Entry
from activities.runs import RunsUnavailable
from store.effects import Effects
from worker.connection import RunEnded, Runs
from worker.testing.backend import Backend


async def trail_of(backend: Backend, enrollment_id: str) -> list[Entry]:
    """The steps that are over, oldest first: those that the database knows, and those only the run knows yet."""
    async with backend.composition.database.read() as session:
        stored = await Effects(session).trail(enrollment_id)
    known = {one.key: Entry(**one._asdict()) for one in stored}
    with suppress(RunEnded, RunsUnavailable):
        state = await Runs(backend.client).state(enrollment_id)
        known |= {entry.key: entry for entry in state.trail}
    return sorted(known.values(), key=lambda entry: entry.at)
