"""What a path asks of an activity, and what it gets back. Ids, keys and numbers only: all of it enters histories."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

NO_ENROLLMENT = "no_enrollment"
"""Code of an effect whose enrollment has no row: an older database was restored. The run parks at that step."""


class Model(BaseModel):
    """A frozen value that crosses a boundary."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Entry(Model):
    """One step of the ledger: what it was asked (`terms`), how it ended and when (workflow time)."""

    key: str
    terms: dict[str, JsonValue] = Field(default_factory=dict)
    result: JsonValue = None
    failed: str | None = None
    at: datetime


class EventSignal(Model):
    """Signal `event`: something happened to the subject. Properties stay in the database.

    `about` is the id of the message or task it concerns, `choice` the answer to a task, and `meets` names the
    conditions on properties that it meets, of those that the workflow waits for. `received`: its place in the database.
    """

    id: str
    name: str
    about: str | None = None
    choice: str | None = None
    meets: tuple[str, ...] = ()
    received: datetime | None = None


class Cursor(Model):
    """A place among a contact's events, in the order in which they were received."""

    at: datetime
    id: str = ""


Order = TypeVar("Order")


class Call(Model, Generic[Order]):
    """One effect of one enrollment.

    `key` is the step key; (`enrollment_id`, `key`) names the effect for ever. `entries` are steps not yet stored: they
    are written in the same transaction as the effect. The first effect of a `round` brings its `params` too.
    """

    enrollment_id: str
    workflow: str
    subject_kind: str
    subject_id: str
    release: str
    key: str
    entries: tuple[Entry, ...] = ()
    round: int = 1
    params: dict[str, JsonValue] | None = None
    order: Order


Purpose = Literal["marketing", "transactional"]
Preference = Literal["delivery", "once"]


class SendEmail(Model):
    """`prefer`: when nobody can know whether a mail went out, send again (`delivery`) or never (`once`)."""

    template: str
    purpose: Purpose = "marketing"
    prefer: Preference = "delivery"
    expires_seconds: int = 3 * 86_400


class EmailResult(Model):
    """`message_id` when a message was sent (or may have been: `unknown`), else the reason why it was `skipped`."""

    message_id: str | None = None
    skipped: str | None = None


class AddScore(Model):
    points: int
    reason: str


class UpdateContact(Model):
    attributes: dict[str, JsonValue] = Field(default_factory=dict)


class UpdateCrm(Model):
    stage: str


class StartWorkflow(Model):
    workflow: str
    params: dict[str, JsonValue] = Field(default_factory=dict)
    entry_key: str | None = None


class Started(Model):
    """`created` is false when the re-entry rule kept the subject out; `reason` says why."""

    enrollment_id: str
    created: bool
    reason: str


class Condition(Model):
    """One comparison on the subject: `field` is `score`, `stage`, `locale`, `time_zone` or `attributes.<name>`."""

    field: str
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "in", "is_set"]
    value: JsonValue = None

    def __str__(self) -> str:
        name = self.field.removeprefix("attributes.")
        return f"{name} is set" if self.operator == "is_set" else f"{name} {self.operator} {self.value!r}"


class Match(Model):
    """All of `conditions` must hold."""

    conditions: tuple[Condition, ...]


class CreateTask(Model):
    """Work for a person. With `answers` one of them is asked for; without, the task is only done."""

    label: str
    role: str
    text: str = ""
    answers: tuple[str, ...] = ()
    due_seconds: int | None = None


class TaskMade(Model):
    task_id: str


class ChaseTask(Model):
    """Reminds those who have the task; with `escalate_to`, gives it to that role and tells it."""

    task_id: str
    escalate_to: str | None = None


class Notify(Model):
    """A mail to a role on the team, from a template."""

    role: str
    template: str


class Notified(Model):
    """`skipped` says why nobody was told, such as `no_address`."""

    skipped: str | None = None


class Publish(Model):
    channel: str
    item: str


class Published(Model):
    publication_id: str


class WithdrawConsent(Model):
    topic: str


class Moment(Model):
    """A local time, `HH:MM`: on the date that an `attribute` holds, `offset_days` from it, or else the next one after
    `since` on one of the `weekdays` (ISO, 1 is Monday; none: any day). `zone` is the contact's when it is None."""

    since: datetime
    time: str
    zone: str | None = None
    weekdays: tuple[int, ...] = ()
    attribute: str | None = None
    offset_days: int = 0


class Found(Model):
    """When a moment is, in UTC; None when the attribute holds no date."""

    at: datetime | None = None


class End(Model):
    """How it ended. `faults`: names and places of errors that the author's code raised while it closed."""

    outcome: str
    reason: str | None = None
    faults: tuple[str, ...] = ()


class RunStatus(Model):
    """How a run stands, as it tells its row. `number` only grows: of two words the one with the higher counts."""

    status: Literal["running", "paused", "parked"]
    at: datetime
    number: int
    fault: str | None = None


class Sought(Model):
    """One kind of event that a wait looks for: of one of the `names`, from `since` on, meeting the condition.

    With `about`, an event about another message or task does not count; one about it counts whenever it came (a mail
    may be opened before its run has heard that it was sent), and one about none does from `since` on.
    """

    names: tuple[str, ...]
    since: datetime
    about: str | None = None
    meets: str | None = None

    def matches(self, name: str, about: str | None, meets: tuple[str, ...], at: datetime) -> bool:
        """Whether an event that arrived `at` that time is one."""
        if name not in self.names or (self.meets is not None and self.meets not in meets):
            return False
        if self.about is not None and about is not None:
            return about == self.about
        return at >= self.since


class ReadEvents(Model):
    """Asks for events that the run was not told of: those that one of `sought` matches, from `since` on. By the
    `question` the run remembers how far it has read."""

    question: str
    sought: tuple[Sought, ...]
    since: Cursor

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for sought in self.sought for name in sought.names))


class EventsRead(Model):
    """A page of events, each with its place, `received`. `more`: where the next page begins; None when that was all,
    and the run is told of events again."""

    question: str
    events: tuple[EventSignal, ...] = ()
    more: Cursor | None = None


class Nothing(Model):
    """The result of an effect that has nothing to tell."""
