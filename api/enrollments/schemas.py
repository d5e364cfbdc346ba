"""Enrollments, as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue
from typing_extensions import TypeAliasType

from activities.enrolling import ENTRY_KEY, Reason, Warned
from api.batches import Indexed, InvalidEntry, entries
from api.contacts.schemas import NamedContact
from api.messages.schemas import MessageView
from api.schemas import Body, Paging, View
from store.drafts import Line, When
from store.statuses import Standing, VisibleStatus
from store.tables import Contact, Enrollment
from workflows.contracts import Exit, ResumePolicy

EnrollmentStatus = TypeAliasType("EnrollmentStatus", VisibleStatus)
EnrollReason = TypeAliasType("EnrollReason", Reason)
EnrollWarning = TypeAliasType("EnrollWarning", Warned)


class EnrollBody(Body):
    """Whom to enroll. With an `entry_key` of your own, the same key enrolls once, whatever else the body says."""

    contact: NamedContact
    params: dict[str, JsonValue] = Field(default_factory=dict)
    entry_key: Annotated[str, Field(pattern=ENTRY_KEY)] | None = None


Result = Literal["created", "kept_out", "pending"]
"""What a call did. `pending`: written, and started within minutes; a repeated call is answered with the same `id`."""


class Enrolled(BaseModel):
    """What became of it, in the same words alone and in a batch.

    `kept_out` (`created` is false): `id` is the enrollment in its way. `pending`: written, and started within minutes.
    With the reason `lost`, Temporal has lost the run of that one: `POST /v1/enrollments/{id}/recover`.
    """

    id: str
    workflow: str
    contact_id: str
    status: Result
    created: bool
    reason: EnrollReason
    warnings: list[EnrollWarning]
    temporal_url: str
    again_at: datetime | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="With `too_soon`: when it may enter again",
    )


class EnrollBatch(Body):
    """Up to 1,000 enrollments, each as `EnrollBody` has it."""

    enrollments: list[Any] = entries(EnrollBody)


class EnrolledEntry(Enrolled, Indexed):
    """The result of one entry."""


class EnrolledBatch(BaseModel):
    """One result for each entry, in order."""

    results: list[Annotated[EnrolledEntry | InvalidEntry, Field(discriminator="status")]]


class EnrollmentFilter(Paging):
    """Which enrollments to list: all that is given must hold. `updated_after`: whose row has changed since."""

    contact_id: Line | None = None
    contact_external_id: Line | None = None
    workflow: Line | None = None
    status: EnrollmentStatus | None = None
    step: Line | None = None
    created_after: When | None = None
    updated_after: When | None = None
    ended_after: When | None = None


class ProblemView(View):
    """Why an enrollment stands still: a code, and the text of the error where there is one.

    `step` was tried `attempt` times so far, and failed with this code `count` times since `since`.
    """

    code: str
    text: str | None
    since: datetime
    step: str | None
    attempt: int | None
    count: int | None


class Enrollee(View):
    """Who is enrolled."""

    email: str | None
    name: str | None
    external_id: str | None
    score: int


class EnrollmentView(View):
    """An enrollment as last recorded: `step` is the last step that the database knows of, done at `step_at`.

    `status_since`: when it came to its status. `reason`: why it ended or, where it stands still, the code of `problem`.
    `contact`: who it is, as long as the contact is there.
    `exiting`: it was asked to leave, and ends as soon as its run can answer.
    """

    id: str
    workflow: str
    contact_id: str | None
    contact: Enrollee | None = None
    entry: str
    status: EnrollmentStatus
    status_since: datetime
    outcome: str | None
    reason: str | None
    release: str
    step: str | None
    step_at: datetime | None
    paused_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    exiting: bool = False
    problem: ProblemView | None = None
    temporal_url: str = ""


class NextView(View):
    """A step that a run stands at. `due`: when a wait ends at the latest."""

    key: str
    since: datetime
    due: datetime | None


class TrailView(View):
    """A step that is done. `failed` is a code."""

    key: str
    at: datetime
    result: JsonValue
    failed: str | None


class EnrollmentDetail(EnrollmentView):
    """Where an enrollment stands. `live`: the run itself said so; otherwise it is what the database knows.

    Live, `step` and `since` say what it does now, and `next` every step it stands at, with when each is due.
    `not_undone`: compensations that it declared and that were not run, since its run had to be terminated.
    """

    live: bool
    since: datetime | None
    due: datetime | None
    next: list[NextView]
    parked: str | None
    params: dict[str, JsonValue]
    not_undone: list[str] | None
    trail: list[TrailView]
    messages: list[MessageView]


class Steered(View):
    """All that a key without the scope `read` is told of an enrollment that it steers."""

    id: str
    status: EnrollmentStatus
    outcome: str | None
    exiting: bool
    not_undone: list[str] | None


class ResumeBody(Body):
    """What fell due meanwhile is done at once, the running wait begins again, or only active time counts."""

    policy: ResumePolicy = "catch_up"


class ExitBody(Exit):
    """Why it ends here: a code, kept in the history. Nothing personal."""

    model_config = Body.model_config


def view(
    row: Enrollment, standing: Standing, temporal_url: str, contact: Contact | None = None
) -> EnrollmentView:
    problem = standing.problem
    return EnrollmentView(
        id=row.id,
        workflow=row.workflow,
        contact_id=row.contact_id,
        contact=Enrollee.model_validate(contact) if contact else None,
        entry=row.entry,
        status=standing.status,
        status_since=standing.since,
        outcome=row.outcome,
        reason=problem.code if problem else row.reason,
        release=row.release,
        step=row.step,
        step_at=row.step_at,
        paused_at=standing.since if standing.status == "paused" else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        exiting=row.exiting_at is not None and row.status != "ended",
        problem=ProblemView.model_validate(problem) if problem else None,
        temporal_url=temporal_url,
    )
