"""Enrollments that Temporal has lost, and runs without an enrollment: which they are, and what becomes of them."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.access import needs
from api.errors import Problem, not_found
from api.requests import KeyRoute
from api.schemas import Body, Page, Paging, problems
from api.services import Use
from store.findings import RUNS_WITHOUT_ROW, Findings
from store.presence import Presence
from worker.recovery import How, NothingToRecover

router = APIRouter(tags=["enrollments"], route_class=KeyRoute)


class RecoverableFilter(Paging):
    """How much of the list, and from where."""

    limit: int = Field(default=500, ge=1, le=500)


class RecoverableView(BaseModel):
    """`missing`: the `run`, which Temporal does not know, or the `row`, which the database does not have."""

    id: str
    missing: Literal["run", "row"]
    since: datetime


class RecoverablePage(Page[RecoverableView]):
    """`temporal` and `namespace`: whom the runs were asked of. A wrong one has none of them."""

    temporal: str
    namespace: str


class RecoverBody(Body):
    """`restart`: it goes on from its recorded steps, and nothing is sent twice. `let_go`: it ends, as `lost`."""

    how: How


class RecoveredView(BaseModel):
    """What became of it. What is left to wait `counts_from` the last recorded step."""

    id: str
    status: Literal["running", "ended"]
    outcome: str | None
    counts_from: datetime | None
    temporal_url: str


@router.get("/enrollments/recoverable", responses=problems(), dependencies=[needs("read")])
async def list_recoverable(wanted: Annotated[RecoverableFilter, Query()], use: Use) -> RecoverablePage:
    """What can be recovered, by id: upkeep finds it, once a minute."""
    async with use.database.read() as session:
        rows, cursor = await Presence(session).missing(wanted.limit, wanted.cursor)
        rowless = None if wanted.cursor else await Findings(session).get(RUNS_WITHOUT_ROW)
    data = [RecoverableView(id=row.id, missing="run", since=row.missing_since) for row in rows]
    if rowless:
        data += [RecoverableView(id=id, missing="row", since=rowless.since) for id in rowless.details["ids"]]
    return RecoverablePage(data=data, next_cursor=cursor, **use.recovery.place)


@router.post(
    "/enrollments/{id}/recover", responses=problems(404, 409, body=True), dependencies=[needs("operate")]
)
async def recover_enrollment(id: str, use: Use, body: RecoverBody) -> RecoveredView:
    """Starts its run again, or ends it. A run without a row gets one, or is terminated. May be repeated."""
    try:
        recovered = await use.recovery.recover(id, body.how)
    except NothingToRecover as error:
        raise Problem(
            409, "nothing_to_recover", "There is nothing to recover", [("id", str(error))]
        ) from error
    if recovered is None:
        raise not_found("enrollment")
    return RecoveredView(
        id=id,
        status=recovered.status,
        outcome=recovered.outcome,
        counts_from=recovered.counts_from,
        temporal_url=use.temporal_url(id),
    )
