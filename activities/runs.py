"""What enrolling and routing ask of Temporal. The worker's connection does it."""

from dataclasses import dataclass
from typing import Any, Protocol

from activities.calls import Cursor, EventSignal
from activities.catalogue import Listed


class RunsUnavailable(Exception):
    """Temporal, or the worker that a run answers by, cannot be reached now. Repeating the call is safe."""


@dataclass(frozen=True)
class StartRun:
    """One run to start. `id` is the Temporal workflow id; nothing in here is personal."""

    id: str
    workflow: Listed
    subject_kind: str
    subject_id: str
    entry: str
    release: str
    params: dict[str, Any]


class Runs(Protocol):
    """All calls may be repeated. They raise `RunsUnavailable`."""

    async def start(self, order: StartRun) -> None:
        """Starts the run; that it was started before is success."""

    async def signal(self, enrollment_id: str, event: EventSignal) -> bool:
        """Tells a run of an event. False when there is no such run, or it has ended."""

    async def unread(self, enrollment_id: str, since: Cursor) -> bool:
        """Tells a run that there are more events, which it reads from the cursor on. False as for `signal`."""
