"""Enrollments, as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from activities.enrolling import ENTRY_KEY, Reason, Warned
from api.batches import Indexed, InvalidEntry, Raw
from api.contacts.schemas import NamedContact
from api.messages.schemas import MessageView
from api.schemas import Body, Paging, View
from store.drafts import Line
from store.tables import Enrollment
from workflows.contracts import Exit, ResumePolicy


class EnrollBody(Body):
    """Whom to enroll. With an `entry_key` of your own, the same key enrolls once, whatever else the body says."""

    contact: NamedContact
    params: dict[str, JsonValue] = Field(default_factory=dict)
    entry_key: Annotated[str, Field(pattern=ENTRY_KEY)] | None = None


class Enrolled(BaseModel):
    """What became of it. When it was kept out (`created` is false), `id` is the enrollment in its way.

    With the reason `lost`, Temporal has lost the run of that one: `POST /v1/enrollments/{id}/recover`.
    """

    id: str
    workflow: str
    contact_id: str
    status: str
    created: bool
    reason: Reason
    warnings: list[Warned]
    temporal_url: str
    again_at: datetime | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="With `too_soon`: when it may enter again",
    )


class EnrollBatch(Body):
    """Up to 1,000 enrollments, each as `EnrollBody` has it."""

    enrollments: Raw


class EnrolledEntry(Enrolled, Indexed):
    """`pending`: written, and started within minutes; a repeated call is answered with the same `id`."""

    status: Literal["created", "kept_out", "pending"]


class EnrolledBatch(BaseModel):
    """One result for each entry, in order."""

    results: list[Annotated[EnrolledEntry | InvalidEntry, Field(discriminator="status")]]


class EnrollmentFilter(Paging):
    """`running` includes those that are paused."""

    contact_id: Line | None = None
    contact_external_id: Line | None = None
    workflow: Line | None = None
    status: Literal["pending", "running", "ended"] | None = None
    step: Line | None = None


class EnrollmentView(View):
    """An enrollment as last recorded: `step` is the last step that the database knows of, done at `step_at`."""

    id: str
    workflow: str
    contact_id: str | None
    entry: str
    status: Literal["pending", "running", "paused", "parked", "ended"]
    outcome: str | None
    reason: str | None
    release: str
    step: str | None
    step_at: datetime | None
    paused_at: datetime | None = None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
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
    """

    live: bool
    since: datetime | None
    due: datetime | None
    next: list[NextView]
    parked: str | None
    params: dict[str, JsonValue]
    trail: list[TrailView]
    messages: list[MessageView]


class ResumeBody(Body):
    """What fell due meanwhile is done at once, the running wait begins again, or only active time counts."""

    policy: ResumePolicy = "catch_up"


class ExitBody(Exit):
    """Why it ends here: a code, kept in the history. Nothing personal."""

    model_config = Body.model_config


def view(row: Enrollment, temporal_url: str) -> EnrollmentView:
    shown = EnrollmentView.model_validate(row)
    told = row.run_status if row.status == "running" else row.status
    paused_at = row.run_status_at if told == "paused" else None
    return shown.model_copy(update={"status": told, "paused_at": paused_at, "temporal_url": temporal_url})
