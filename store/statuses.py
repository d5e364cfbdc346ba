"""The one visible status of an enrollment, since when it has it, and why it stands still."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal

from sqlalchemy import (
    Case,
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.tables import HELD, Effect, Enrollment, Failure, Step
from store.task_failures import WORKFLOW_TASK

VisibleStatus = Literal["pending", "running", "paused", "parked", "failing", "lost", "ended"]

AUTHOR = "workflow"
"""Activity of a `failure` row for an error in a workflow's code, which parked the run; its key is the fault."""
NO_ANSWER = "provider_did_not_answer"
"""Code of a mail that its server took without an answer. It counts at once: it is sent again after minutes only."""
FAILED_WITHIN = timedelta(minutes=20)
"""A step that is still being tried failed this recently: attempts are 5 minutes apart at most, and last 12."""


@dataclass(frozen=True)
class Stuck:
    """Why an enrollment stands still: a `code`, the `text` of the error where there is one, and the `step`."""

    code: str
    text: str | None
    since: datetime
    step: str | None = None
    attempt: int | None = None
    count: int | None = None


@dataclass(frozen=True)
class Standing:
    status: VisibleStatus
    since: datetime
    problem: Stuck | None = None


def is_failing() -> ColumnElement[bool]:
    """On rows of `failure`: a step that is tried again, or workflow tasks that fail."""
    return or_(_is_task_failing(), _is_step_tried_again())


def _is_task_failing() -> ColumnElement[bool]:
    return col(Failure.activity) == WORKFLOW_TASK


def _is_step_tried_again() -> ColumnElement[bool]:
    done = (
        exists().where(
            col(table.enrollment_id) == col(Failure.enrollment_id), col(table.key) == col(Failure.key)
        )
        for table in (Effect, Step)
    )
    recent = clock.at(clock.machine() - FAILED_WITHIN)
    of_steps = col(Failure.activity).not_in([AUTHOR, WORKFLOW_TASK])
    again = or_(col(Failure.attempt) >= 2, col(Failure.code) == NO_ANSWER)
    return and_(col(Failure.at) > recent, again, of_steps, *(not_(one) for one in done))


def _cases() -> dict[VisibleStatus, ColumnElement[bool]]:
    """The first that holds counts. Failures are few, and found by an index each: no enrollment is scanned for them."""
    ids = select(col(Failure.enrollment_id)).where(col(Failure.enrollment_id).is_not(None))
    failing = union_all(ids.where(_is_task_failing()), ids.where(_is_step_tried_again()))
    return {
        "ended": col(Enrollment.status) == "ended",
        "lost": col(Enrollment.lost_at).is_not(None),
        "pending": col(Enrollment.status) == "pending",
        "parked": and_(text(HELD), col(Enrollment.run_status) == "parked"),
        "paused": and_(text(HELD), col(Enrollment.run_status) == "paused"),
        "failing": col(Enrollment.id).in_(failing),
    }


def visible() -> Case[VisibleStatus]:
    """The status of a row of `enrollment`."""
    return case(*((holds, name) for name, holds in _cases().items()), else_="running")


def has_status(status: VisibleStatus) -> ColumnElement[bool]:
    """The rows of `enrollment` whose visible status this is."""
    cases = _cases()
    earlier = takewhile(lambda name: name != status, cases)
    row_status = status if status in ("pending", "ended") else "running"
    own = [cases[status]] if status in cases else []
    return and_(col(Enrollment.status) == row_status, *own, *(not_(cases[name]) for name in earlier))


class Statuses:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, rows: Sequence[Enrollment]) -> list[Standing]:
        """How each of these stands, in order."""
        ids = [row.id for row in rows]
        query = select(col(Enrollment.id), visible().label("status")).where(col(Enrollment.id).in_(ids))
        statuses = {row.id: row.status for row in await self._session.execute(query)} if rows else {}
        failures = await self._failures([id for id in ids if statuses[id] in ("failing", "parked")])
        return [_standing(row, statuses[row.id], failures.get(row.id, [])) for row in rows]

    async def counts(self) -> dict[tuple[str, VisibleStatus], int]:
        """Enrollments by workflow and status. Those that have ended, the most, are counted in an index."""
        status, ended = visible(), literal("ended")
        workflow, number = col(Enrollment.workflow), func.count()
        going_on = select(workflow, status, number).where(col(Enrollment.status) != "ended")
        over = select(workflow, ended, number).where(col(Enrollment.status) == "ended")
        rows = [
            *(await self._session.execute(going_on.group_by(workflow, status))),
            *(await self._session.execute(over.group_by(workflow))),
        ]
        return {(slug, name): count for slug, name, count in rows}

    async def _failures(self, ids: Sequence[str]) -> dict[str, list[Failure]]:
        """What holds each of these up, the latest first."""
        if not ids:
            return {}
        counts = or_(col(Failure.activity) == AUTHOR, is_failing())
        query = select(Failure).where(col(Failure.enrollment_id).in_(ids), counts)
        found: dict[str, list[Failure]] = {}
        for failure in await self._session.scalars(query.order_by(col(Failure.at).desc())):
            found.setdefault(str(failure.enrollment_id), []).append(failure)
        return found


def _standing(row: Enrollment, status: VisibleStatus, failures: Sequence[Failure]) -> Standing:
    began = row.started_at or row.created_at
    match status:
        case "ended":
            return Standing(status, row.ended_at or began)
        case "pending":
            return Standing(status, row.created_at)
        case "lost":
            since = row.lost_at or began
            return Standing(status, since, Stuck("lost", "Temporal does not know its run any more", since))
        case "parked":
            since, fault = row.run_status_at or began, row.fault or "parked"
            texts = (one.text for one in failures if one.activity == AUTHOR and one.key == fault)
            return Standing(status, since, Stuck(fault, next(texts, None), since))
        case "failing":
            stuck = _stuck(next(one for one in failures if one.activity != AUTHOR))
            return Standing(status, stuck.since, stuck)
    return Standing(status, row.run_status_at or began)


def _stuck(failure: Failure) -> Stuck:
    return Stuck(
        code=failure.code,
        text=failure.text,
        since=failure.first_at or failure.at,
        step=None if failure.activity == WORKFLOW_TASK else failure.key,
        attempt=failure.attempt,
        count=failure.count,
    )
