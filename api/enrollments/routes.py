"""Enrollments: start them, find them, and see where they stand."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import ValidationError

from activities import enrolling
from activities.enrolling import Entry, UnknownWorkflow
from api.access import By, needs
from api.enrollments.schemas import (
    EnrollBody,
    Enrolled,
    EnrollmentDetail,
    EnrollmentFilter,
    EnrollmentView,
    Result,
    view,
)
from api.enrollments.standing import standing
from api.errors import contact_at, wrong_fields
from api.idempotency import IDEMPOTENT
from api.requests import KeyRoute
from api.schemas import Page, no_cursor, problems
from api.services import Services, Use
from store.contacts import Contacts
from store.enrollments import Enrollments
from store.statuses import Statuses

router = APIRouter(tags=["enrollments"], route_class=KeyRoute)

EXAMPLE = {
    "contact": {
        "email": "ada@example.com",
        "name": "Ada",
        "consent": {"marketing": {"granted": True, "source": "sign-up form"}},
    },
    "params": {},
}


@router.post(
    "/workflows/{workflow}/enrollments",
    status_code=201,
    responses={
        **problems(404, 409, body=True),
        200: {"model": Enrolled, "description": "Kept out by the re-entry rule; `reason` says why"},
    },
    dependencies=[needs("enroll"), IDEMPOTENT],
)
async def enroll(
    workflow: str,
    body: Annotated[EnrollBody, Body(openapi_examples={"by email": {"value": EXAMPLE}})],
    response: Response,
    use: Use,
    caller: By,
) -> Enrolled:
    """Enrolls a contact, who is made or changed on the way. Enrolling twice is no error, and never starts twice."""
    with contact_at("contact.", caller.may("read")):
        enrolled = await use.enroller.enter(entry_of(use, workflow, body, caller.name))
    response.status_code = 201 if enrolled.created else 200
    return Enrolled(**placed(use, enrolled))


@router.get("/enrollments", responses=problems(404), dependencies=[needs("read")])
async def list_enrollments(wanted: Annotated[EnrollmentFilter, Query()], use: Use) -> Page[EnrollmentView]:
    """Enrollments as last recorded, newest first; with `updated_after`, the oldest change first."""
    async with use.database.read() as session:
        contact_id = wanted.contact_id
        if wanted.contact_external_id:
            contact = await Contacts(session).find(external_id=wanted.contact_external_id)
            if contact is None or contact_id not in (None, contact.id):
                no_cursor(wanted)
                return Page(data=[])
            contact_id = contact.id
        rows, cursor = await Enrollments(session).page(
            contact_id=contact_id,
            workflow=_slug(use, wanted.workflow),
            status=wanted.status,
            step=wanted.step,
            created_after=wanted.created_after,
            updated_after=wanted.updated_after,
            ended_after=wanted.ended_after,
            limit=wanted.limit,
            cursor=wanted.cursor,
        )
        standings = await Statuses(session).of(rows)
        contacts = await Contacts(session).of_ids({row.contact_id for row in rows if row.contact_id})
    shown = [
        view(row, one, use.temporal_url(row.id), contacts.get(row.contact_id or ""))
        for row, one in zip(rows, standings, strict=True)
    ]
    return Page(data=shown, next_cursor=cursor)


@router.get("/enrollments/{id}", responses=problems(404), dependencies=[needs("read")])
async def get_enrollment(id: str, use: Use) -> EnrollmentDetail:
    """Where it stands now, what comes next and when, what it did, and what it sent."""
    return await standing(use, id)


def entry_of(use: Services, workflow: str, body: EnrollBody, reporter: str) -> Entry:
    """The body, with its params as the workflow wants them."""
    try:
        return use.enroller.entry(workflow, body.contact, body.params, body.entry_key, reporter)
    except ValidationError as error:
        raise wrong_fields(error.errors(), prefix=("params",)) from error


def placed(use: Services, enrolled: enrolling.Enrolled) -> dict[str, Any]:
    """What an answer says of one enrollment, alone or in a batch."""
    return {
        "id": enrolled.id,
        "workflow": enrolled.workflow,
        "contact_id": enrolled.contact_id,
        "status": _result(enrolled),
        "created": enrolled.created,
        "reason": enrolled.reason,
        "warnings": list(enrolled.warnings),
        "temporal_url": use.temporal_url(enrolled.id),
        "again_at": enrolled.again_at,
    }


def _result(enrolled: enrolling.Enrolled) -> Result:
    if enrolled.status == "pending":
        return "pending"
    return "created" if enrolled.created else "kept_out"


def _slug(use: Services, workflow: str | None) -> str | None:
    if workflow is None:
        return None
    listed = use.catalogue.find(workflow)
    if listed is None:
        raise UnknownWorkflow(workflow, list(use.catalogue))
    return listed.slug
