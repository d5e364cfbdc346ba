"""Up to 1,000 enrollments in one call."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Response

from activities.enrolling import Enrolled, UnknownWorkflow
from activities.placing import Refused
from api.access import By, needs
from api.batches import WITHIN, InvalidEntry, read_each
from api.enrollments.routes import EXAMPLE, entry_of, placed
from api.enrollments.schemas import EnrollBatch, EnrollBody, EnrolledBatch, EnrolledEntry
from api.errors import Problem, wrong_contact
from api.idempotency import IDEMPOTENT
from api.requests import KeyRoute
from api.schemas import problems
from api.services import Services, Use

router = APIRouter(tags=["enrollments"], route_class=KeyRoute)


@router.post(
    "/workflows/{workflow}/enrollments/batch",
    response_model=EnrolledBatch,
    responses=problems(404, 409, body=True),
    dependencies=[needs("enroll"), IDEMPOTENT],
)
async def enroll_batch(
    workflow: str,
    body: Annotated[EnrollBatch, Body(openapi_examples={"one": {"value": {"enrollments": [EXAMPLE]}}})],
    use: Use,
    caller: By,
) -> Response:
    """Enrolls each contact as the single call does, and answers within 10 s.

    An entry that is wrong is `invalid` and leaves the others alone; one that could not be started in time is
    `pending`, and starts without another call.
    """
    until = asyncio.get_running_loop().time() + WITHIN
    if use.catalogue.find(workflow) is None:
        raise UnknownWorkflow(workflow, list(use.catalogue))
    entries = await read_each(
        body.enrollments, lambda raw: entry_of(use, workflow, EnrollBody.model_validate(raw), caller.name)
    )
    within = until - asyncio.get_running_loop().time()
    good = [entry for entry in entries if not isinstance(entry, Problem)]
    enrolled = iter(await use.enroller.enroll_all(good, within) if good else [])
    results = [
        _result(use, at, entry if isinstance(entry, Problem) else next(enrolled), caller.may("read"))
        for at, entry in enumerate(entries)
    ]
    return Response(EnrolledBatch(results=results).model_dump_json(), media_type="application/json")


def _result(
    use: Services, at: int, one: Enrolled | Refused | Problem, reads: bool
) -> EnrolledEntry | InvalidEntry:
    if isinstance(one, Problem):
        return InvalidEntry(index=at, problem=one.body)
    if not isinstance(one, Enrolled):
        return InvalidEntry(index=at, problem=wrong_contact(one, "contact.", reads).body)
    return EnrolledEntry(index=at, **placed(use, one))
