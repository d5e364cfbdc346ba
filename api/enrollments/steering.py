"""Steering enrollments: pause, resume, exit, migrate. What is already as it is wanted stays so: that is no error.

A key without the scope `read` is told the status alone, not what the enrollment did and sent.
"""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from activities.runs import RunsUnavailable
from api.access import By, Caller, needs
from api.enrollments.schemas import EnrollmentDetail, ExitBody, ResumeBody, Steered
from api.enrollments.standing import standing
from api.errors import Problem, not_found
from api.requests import KeyRoute
from api.schemas import problems
from api.services import Services, Use
from store.enrollments import Enrollments
from store.tables import Enrollment
from worker.connection import RunEnded, UpdateRefused
from workflows.contracts import HABITS, Exit, Resume

router = APIRouter(tags=["enrollments"], route_class=KeyRoute)

_STEERING: dict[str, Any] = {"responses": problems(404, 409, body=True), "dependencies": [needs("operate")]}
_LATER = {
    "model": EnrollmentDetail | Steered,
    "description": "It cannot answer now, and leaves when it can: `exiting`",
}
_EXITING: dict[str, Any] = {**_STEERING, "responses": {202: _LATER, **problems(404, body=True)}}


@router.post("/enrollments/{id}/pause", **_STEERING)
async def pause_enrollment(id: str, use: Use, caller: By) -> EnrollmentDetail | Steered:
    """Holds it where it is: nothing is sent until it is resumed."""
    await _update(use, id, "pause")
    await _renew_habits(use, id)
    return await _steered(use, caller, id)


@router.post("/enrollments/{id}/resume", **_STEERING)
async def resume_enrollment(
    id: str, use: Use, caller: By, body: Annotated[ResumeBody, Body(default_factory=ResumeBody)]
) -> EnrollmentDetail | Steered:
    """Lets it go on, by a policy for the time that it stood still."""
    await _update(use, id, "resume", Resume(policy=body.policy))
    await _renew_habits(use, id)
    return await _steered(use, caller, id)


@router.post("/enrollments/{id}/exit", **_EXITING)
async def exit_enrollment(
    id: str,
    response: Response,
    use: Use,
    caller: By,
    body: Annotated[ExitBody, Body(default_factory=ExitBody)],
) -> EnrollmentDetail | Steered:
    """Ends it here, without its goal. What it declared for its end still happens."""
    left = await use.exits.exit(await _row(use, id), Exit(reason=body.reason))
    response.status_code = 200 if left else 202
    return await _steered(use, caller, id)


@router.post("/enrollments/{id}/migrate", **_STEERING)
async def migrate_enrollment(id: str, use: Use, caller: By) -> EnrollmentDetail | Steered:
    """Asks it to continue on the newest code, at its next safe moment. A parked one goes on so, where the code fits."""
    await _update(use, id, "migrate")
    return await _steered(use, caller, id)


async def _steered(use: Services, caller: Caller, id: str) -> EnrollmentDetail | Steered:
    detail = await standing(use, id)
    return detail if caller.may("read") else Steered.model_validate(detail)


async def _row(use: Services, id: str) -> Enrollment:
    async with use.database.read() as session:
        row = await Enrollments(session).get(id)
    if row is None:
        raise not_found("enrollment")
    return row


async def _update(use: Services, id: str, name: str, *args: Any) -> None:
    row = await _row(use, id)
    if row.status == "ended":
        ended = f"it ended as {row.outcome}; an enrollment that ended cannot {name}"
        raise Problem(409, "ended", "The enrollment has ended", [("id", ended)])
    if row.lost_at is not None:
        lost = (
            f"Temporal has no run of it; `cadencia enrollments recover {id}` starts one again or lets it go"
        )
        raise Problem(409, "lost", "The enrollment is lost", [("id", lost)])
    if row.status == "pending":
        await use.enroller.complete(row)
    await use.runs.update(id, name, *args)


async def _renew_habits(use: Services, id: str) -> None:
    """A run of earlier habits does not tell its row that it is paused: continued as new, it has today's, and does."""
    with suppress(RunsUnavailable, RunEnded, UpdateRefused):
        if (await use.runs.state(id)).habits < HABITS:
            await use.runs.update(id, "migrate")
