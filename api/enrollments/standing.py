"""Where one enrollment stands: by the run's own word where it can give it, else by what the database knows."""

from typing import Any

import structlog

from activities.runs import RunsUnavailable
from api.enrollments.schemas import EnrollmentDetail, NextView, TrailView, view
from api.errors import not_found
from api.messages.schemas import MessageView
from api.services import Services
from store.contacts import Contacts
from store.effects import Effects
from store.enrollments import Enrollments
from store.messages import Messages
from store.statuses import Statuses
from worker.connection import RunEnded
from workflows.contracts import State

_MOST_MESSAGES = 500

log = structlog.get_logger()


async def standing(use: Services, id: str) -> EnrollmentDetail:
    recorded = await _recorded(use, id)
    if recorded.status == "ended":
        return recorded
    try:
        state = await use.runs.state(id)
    except (RunsUnavailable, RunEnded) as error:
        log.info("a run cannot say where it stands", enrollment_id=id, reason=str(error))
        return recorded
    return _live(recorded, state)


async def _recorded(use: Services, id: str) -> EnrollmentDetail:
    async with use.database.read() as session:
        row = await Enrollments(session).get(id)
        if row is None:
            raise not_found("enrollment")
        (stands,) = await Statuses(session).of([row])
        contact = await Contacts(session).get(row.contact_id) if row.contact_id else None
        trail = await Effects(session).trail(id)
        messages, _ = await Messages(session).page(enrollment_id=id, limit=_MOST_MESSAGES)
    return EnrollmentDetail(
        **view(row, stands, use.temporal_url(id), contact).model_dump(),
        live=False,
        since=row.step_at,
        due=None,
        next=[],
        parked=row.fault if stands.status == "parked" else None,
        params=row.params,
        not_undone=row.not_undone,
        trail=[TrailView.model_validate(entry) for entry in trail],
        messages=[MessageView.model_validate(message) for message in messages],
    )


def _live(recorded: EnrollmentDetail, state: State) -> EnrollmentDetail:
    now = state.steps[0] if state.steps else None
    return recorded.model_copy(
        update={
            **_status(recorded, state),
            "live": True,
            "outcome": state.outcome,
            "release": state.release,
            "paused_at": state.paused_since,
            "parked": state.parked,
            "step": now.key if now else recorded.step,
            "since": now.since if now else recorded.since,
            "due": min((step.due for step in state.steps if step.due), default=None),
            "next": [NextView.model_validate(step) for step in state.steps],
            "trail": [TrailView.model_validate(entry) for entry in state.trail],
        }
    )


def _status(recorded: EnrollmentDetail, state: State) -> dict[str, Any]:
    """The run's own word, where the row has not heard it yet. That a step fails, the database alone knows."""
    if state.status == recorded.status or (state.status == "running" and recorded.status == "failing"):
        return {}
    since = state.paused_since if state.status == "paused" else None
    return {
        "status": state.status,
        "status_since": since or recorded.status_since,
        "reason": state.parked,
        "problem": None,
    }
