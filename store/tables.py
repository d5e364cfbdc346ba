"""What is remembered. Tables never leave the activity or request that loaded them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from store import clock
from store.ids import new_id

# One name for a constraint on both databases, so that a migration can change it.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. SQLite keeps no zone: it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def _time(**options: Any) -> Any:
    return Field(sa_type=UtcDateTime, **options)


def _json(**options: Any) -> Any:
    return Field(sa_type=JSON, **options)


def _made() -> Any:
    return _time(default_factory=clock.now)


def _known(**options: Any) -> Any:
    """A time that rows older than its column have too: its migration filled it in."""
    return _time(default_factory=clock.now, sa_column_kwargs={"server_default": _ANY, **options})


def _number(default: int) -> Any:
    """A number that rows older than its column have too."""
    return Field(default=default, sa_column_kwargs={"server_default": str(default)})


def _index_of_few(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows for which that holds."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _id(prefix: str) -> Any:
    return Field(default_factory=lambda: new_id(prefix), primary_key=True)


_ANY = "1970-01-01 00:00:00+00:00"  # SQLite adds a column without nulls only with a constant

HELD = "run_status <> 'running'"
UNKNOWN = "status = 'unknown'"
"""What queries for the few paused and parked runs, and for unknown messages, say word by word: SQLite finds their index
by that."""


class Contact(SQLModel, table=True):
    """A person. `email` is normalised; `stage` is where the built-in CRM has them in its lifecycle."""

    id: str = _id("con")
    external_id: str | None = Field(default=None, unique=True)
    email: str | None = Field(default=None, unique=True)
    name: str | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    attributes: dict[str, Any] = _json(default_factory=dict)
    score: int = 0
    stage: str | None = None
    created_at: datetime = _made()
    updated_at: datetime = _made()

    __table_args__ = (Index("ix_contact_updated", "updated_at", "id"),)


class Consent(SQLModel, table=True):
    """What a contact said about a topic, with proof. Rows are only added.

    `at` is when they said it, `recorded_at` when it was written, `reported_by` the name of the key that brought it
    (None: their own act on one of our pages, or a workflow's).
    """

    id: str = _id("cns")
    contact_id: str = Field(foreign_key="contact.id", ondelete="CASCADE")
    topic: str
    granted: bool
    source: str
    proof: str | None = None
    reported_by: str | None = None
    at: datetime = _made()
    recorded_at: datetime = _known()

    __table_args__ = (Index("ix_consent_latest", "contact_id", "topic", "at"),)


class Suppression(SQLModel, table=True):
    """An address that gets no more mail, known by its keyed hash so that it survives erasure."""

    address_hash: str = Field(primary_key=True)
    reason: str
    at: datetime = _made()


class Event(SQLModel, table=True):
    """Something that happened. `external_id` is the caller's, and `reported_by` the name of the key that brought it:
    the same id from the same name counts once. Events written before migration 0005 have the caller's id as `id`
    too, and no `reported_by`: their ids were everybody's.

    `delivered_at` is empty until every waiting run has been told; `machine` marks a scanner's open or click.
    """

    id: str = _id("evt")
    external_id: str | None = None
    reported_by: str | None = None
    name: str
    contact_id: str | None = Field(default=None, foreign_key="contact.id", ondelete="CASCADE")
    message_id: str | None = None
    occurred_at: datetime = _made()
    received_at: datetime = _made()
    delivered_at: datetime | None = _time(default=None)
    machine: bool = False
    properties: dict[str, Any] = _json(default_factory=dict)

    __table_args__ = (
        Index("ix_event_contact", "contact_id", "occurred_at"),
        Index("ix_event_undelivered", "delivered_at", "received_at"),
        Index("uq_event_external_id_reported_by", "external_id", "reported_by", unique=True),
    )


class Enrollment(SQLModel, table=True):
    """One subject's run through one workflow; its id is the Temporal workflow id, never used twice.

    `status`: `pending` (written, not yet started), `running`, `ended`. `step` is the last one recorded, of the `round`
    whose parameters `round_params` are (None: `params`). `run_status` is what the run itself told last: `running`,
    `paused` or `parked` (with the `fault`: name and place); of two such words the one with the higher
    `run_status_number` counts. `missing_since`: Temporal did not know the run when it was asked; `lost_at`: nor when it
    was asked again. `exiting_at`: an operator asked it to leave, and it has not answered; `not_undone`: step keys of
    compensations that it could not run. `unread`: events it was told since its last step; from `unread_from` on it was
    told of none, and reads them in the table `event`.
    """

    id: str = Field(primary_key=True)
    workflow: str
    subject_kind: str
    subject_id: str
    contact_id: str | None = Field(default=None, foreign_key="contact.id", ondelete="CASCADE")
    entry: str
    params: dict[str, Any] = _json(default_factory=dict)
    release: str
    status: str = "pending"
    outcome: str | None = None
    reason: str | None = None
    step: str | None = None
    step_at: datetime | None = _time(default=None)
    round: int = _number(1)
    round_params: dict[str, Any] | None = _json(default=None)
    run_status: str = Field(default="running", sa_column_kwargs={"server_default": "running"})
    run_status_at: datetime | None = _time(default=None)
    run_status_number: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    fault: str | None = None
    missing_since: datetime | None = _time(default=None)
    lost_at: datetime | None = _time(default=None)
    exiting_at: datetime | None = _time(default=None)
    not_undone: list[str] | None = _json(default=None)
    unread: int = _number(0)
    unread_from: datetime | None = _time(default=None)
    created_at: datetime = _made()
    updated_at: datetime = _known(onupdate=clock.now)
    started_at: datetime | None = _time(default=None)
    ended_at: datetime | None = _time(default=None)

    __table_args__ = (
        UniqueConstraint("workflow", "subject_id", "entry"),
        Index("ix_enrollment_contact", "contact_id", "status"),
        Index("ix_enrollment_workflow", "workflow", "status", "created_at"),
        Index("ix_enrollment_status", "status", "created_at"),
        Index("ix_enrollment_newest", "created_at", "id"),
        Index("ix_enrollment_updated", "updated_at", "id"),
        _index_of_few("ix_enrollment_held", "run_status", "created_at", where=HELD),
        _index_of_few("ix_enrollment_lost", "lost_at", where="lost_at IS NOT NULL"),
        _index_of_few("ix_enrollment_exiting", "exiting_at", where="exiting_at IS NOT NULL"),
    )


class Step(SQLModel, table=True):
    """A ledger entry that is no effect: how a wait or decision ended. Carried here by the next activity."""

    enrollment_id: str = Field(
        sa_column=Column(Text, ForeignKey("enrollment.id", ondelete="CASCADE"), primary_key=True)
    )
    key: str = Field(primary_key=True)
    terms: dict[str, Any] = _json(default_factory=dict)
    result: Any = _json(default=None)
    failed: str | None = None
    at: datetime = _made()


class Effect(SQLModel, table=True):
    """An effect that was done: a repeated call is answered with its recorded result."""

    enrollment_id: str = Field(
        sa_column=Column(Text, ForeignKey("enrollment.id", ondelete="CASCADE"), primary_key=True)
    )
    key: str = Field(primary_key=True)
    result: Any = _json(default=None)
    at: datetime = _made()


class Failure(SQLModel, table=True):
    """The text of an activity's error: histories carry its code alone. One that comes again is one row with a `count`.

    Workflow tasks that fail have a row too, with the activity `workflow_task`, as long as Temporal reports them.
    """

    id: str = _id("fail")
    enrollment_id: str | None = None
    key: str | None = None
    activity: str
    code: str
    text: str
    attempt: int = 1
    count: int = _number(1)
    first_at: datetime | None = _time(default=None)
    at: datetime = _made()

    __table_args__ = (
        Index("ix_failure_enrollment", "enrollment_id", "at"),
        Index("ix_failure_activity", "activity", "at"),
        Index("ix_failure_at", "at"),
    )


class Message(SQLModel, table=True):
    """One email to one recipient: `claimed`, `sending` (attempt, deadline), `sent`, `failed`, `unknown`.

    `unanswered` is how many copies went out whose answer nobody knows. `version` is the template's content hash,
    `header_id` the Message-ID. The address stays in `contact`.
    """

    id: str = _id("msg")
    enrollment_id: str = Field(foreign_key="enrollment.id", ondelete="CASCADE")
    key: str
    contact_id: str = Field(foreign_key="contact.id", ondelete="CASCADE", index=True)
    channel: str = "email"
    purpose: str = "marketing"
    template: str
    version: str | None = None
    locale: str | None = None
    release: str
    provider: str | None = None
    status: str = "claimed"
    attempt: int = 1
    unanswered: int = _number(0)
    deadline: datetime | None = _time(default=None)
    header_id: str | None = None
    provider_id: str | None = None
    error: str | None = None
    created_at: datetime = _made()
    sent_at: datetime | None = _time(default=None)
    opened_at: datetime | None = _time(default=None)
    clicked_at: datetime | None = _time(default=None)

    __table_args__ = (
        UniqueConstraint("enrollment_id", "key"),
        Index("ix_message_template", "template", "status", "sent_at"),
        _index_of_few("ix_message_unknown", "created_at", where=UNKNOWN),
    )


class Decision(SQLModel, table=True):
    """Why a message was or was not sent: `verdict` is `send` or `skip`."""

    id: str = _id("dec")
    contact_id: str = Field(foreign_key="contact.id", ondelete="CASCADE")
    enrollment_id: str | None = Field(
        default=None, foreign_key="enrollment.id", ondelete="CASCADE", index=True
    )
    key: str | None = None
    channel: str = "email"
    template: str
    verdict: str
    reason: str
    at: datetime = _made()

    __table_args__ = (Index("ix_decision_contact", "contact_id", "at"),)


class Team(SQLModel, table=True):
    """A role or team that tasks and notices are for. Mails to it are in its language, `locale`."""

    name: str = Field(primary_key=True)
    email: str | None = None
    locale: str = "en"
    created_at: datetime = _made()
    updated_at: datetime = _made()


class Task(SQLModel, table=True):
    """Work for a person: `open`, `done`, or `withdrawn` when its enrollment ended first.

    One of `answers` is its `choice`; without any it is only done. `delivered_at` is empty until the run was told.
    """

    id: str = _id("task")
    enrollment_id: str = Field(foreign_key="enrollment.id", ondelete="CASCADE")
    key: str
    workflow: str
    subject_kind: str
    subject_id: str
    label: str
    text: str = Field(default="", sa_type=Text)
    role: str
    answers: list[str] = _json(default_factory=list)
    status: str = "open"
    due_at: datetime | None = _time(default=None)
    choice: str | None = None
    comment: str | None = Field(default=None, sa_type=Text)
    answered_by: str | None = None
    created_at: datetime = _made()
    reminded_at: datetime | None = _time(default=None)
    escalated_from: str | None = None
    done_at: datetime | None = _time(default=None)
    delivered_at: datetime | None = _time(default=None)

    __table_args__ = (
        UniqueConstraint("enrollment_id", "key"),
        Index("ix_task_role", "role", "status"),
        Index("ix_task_undelivered", "status", "delivered_at", "done_at"),
    )


class Publication(SQLModel, table=True):
    """An item in a channel: `pending`, then `published`, at `url` where the channel gives it one."""

    id: str = _id("pub")
    enrollment_id: str = Field(foreign_key="enrollment.id", ondelete="CASCADE")
    key: str
    channel: str
    item: str
    status: str = "pending"
    url: str | None = None
    created_at: datetime = _made()
    published_at: datetime | None = _time(default=None)

    __table_args__ = (UniqueConstraint("enrollment_id", "key"),)


class Score(SQLModel, table=True):
    """Points given or taken, and why; `contact.score` is their sum."""

    id: str = _id("sco")
    contact_id: str = Field(foreign_key="contact.id", ondelete="CASCADE", index=True)
    enrollment_id: str | None = Field(
        default=None, foreign_key="enrollment.id", ondelete="SET NULL", index=True
    )
    key: str | None = None
    points: int
    reason: str
    at: datetime = _made()


class ApiKey(SQLModel, table=True):
    """A caller's key. Only its SHA-256 is kept; `prefix` lets people tell keys apart."""

    __tablename__ = "api_key"

    id: str = _id("key")
    name: str
    prefix: str
    digest: str = Field(unique=True)
    scopes: list[str] = _json(default_factory=list)
    created_at: datetime = _made()
    expires_at: datetime | None = _time(default=None)
    revoked_at: datetime | None = _time(default=None)
    last_used_at: datetime | None = _time(default=None)


class IdempotencyKey(SQLModel, table=True):
    """A caller's word that two calls are one. Without `status`, the first call is still running, or crashed.

    `route` is method and path, `digest` the SHA-256 of the canonical body, `owner` the call that may save its answer.
    """

    __tablename__ = "idempotency_key"

    api_key_id: str = Field(primary_key=True, foreign_key="api_key.id", ondelete="CASCADE")
    route: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    digest: str
    owner: str
    leased_until: datetime = _time()
    status: int | None = None
    body: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = _time(index=True)


class Finding(SQLModel, table=True):
    """What upkeep found wrong with the whole, such as `stores_part`, until it finds it right again."""

    name: str = Field(primary_key=True)
    details: dict[str, Any] = _json(default_factory=dict)
    since: datetime = _made()
    at: datetime = _made()


class Mark(SQLModel, table=True):
    """How far a periodic job has come."""

    name: str = Field(primary_key=True)
    at: datetime = _time()
