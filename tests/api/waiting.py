"""A plain workflow that waits, and a catalogue in which it stands under several re-entry rules."""

from datetime import timedelta

from pydantic import BaseModel, Field
from temporalio import workflow

from activities.calls import Cursor, EventSignal
from activities.catalogue import Catalogue, Listed, Reentry
from workflows.contracts import Enrollment, Exit, Next, Outcome, Resume, State


@workflow.defn(name="Waiting", sandboxed=False)
class Waiting:
    """Waits for an order or an exit, and remembers what it heard."""

    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:
        self.began = workflow.now()
        self.enrollment = enrollment
        self.heard: list[EventSignal] = []
        self.unread: list[Cursor] = []
        self.paused = False
        self.ended: str | None = None

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        await workflow.wait_condition(lambda: self.ended is not None)
        return Outcome(outcome=self.ended or "completed")

    @workflow.signal(name="event")
    def on_event(self, event: EventSignal) -> None:
        self.heard.append(event)
        if event.name == "order.completed":
            self.ended = "converted"

    @workflow.signal(name="unread")
    def on_unread(self, since: Cursor) -> None:
        self.unread.append(since)

    @workflow.update(name="pause")
    def on_pause(self) -> None:
        self.paused = True

    @workflow.update(name="resume")
    def on_resume(self, resume: Resume) -> None:
        self.paused = False

    @workflow.update(name="exit")
    def on_exit(self, order: Exit) -> None:
        self.ended = "exited"

    @workflow.query(name="state")
    def on_state(self) -> State:
        wait = Next(key="wait_for:order.completed#1", since=self.began, due=self.began + timedelta(days=3))
        return State(
            status="paused" if self.paused else "running",
            steps=(wait,),
            inbox=len(self.heard),
            release=self.enrollment.release,
        )

    @workflow.query(name="unread")
    def on_ask_unread(self) -> list[Cursor]:
        return self.unread

    @workflow.query(name="heard")
    def on_heard(self) -> list[EventSignal]:
        return self.heard


@workflow.defn(name="Wedged", sandboxed=False)
class Wedged:
    """Its workflow tasks fail from the beginning."""

    @workflow.run
    async def run(self, enrollment: Enrollment) -> Outcome:
        raise ValueError("a bug that the toolkit does not catch")


class NoParams(BaseModel):
    pass


class Discount(BaseModel):
    percent: int = Field(default=10, ge=1, le=50)


def listed(slug: str, reentry: Reentry, **changes: object) -> Listed:
    known = {
        "slug": slug,
        "type_name": "Waiting",
        "kind": "contact",
        "stage": "attract",
        "owner": "lifecycle",
        "summary": "Waits for an order.",
        "objective": "orders from 1% to 2%",
        "release": "r1",
        "reentry": reentry,
        "starts_on": frozenset[str](),
        "goals": frozenset({"order.completed"}),
        "events": frozenset({"order.completed", "email.opened", "email.clicked", "contact.unsubscribed"}),
        "params": NoParams,
    }
    return Listed(**{**known, **changes})  # type: ignore[arg-type]  # the fields of a test's choice


CATALOGUE = Catalogue(
    [
        listed("waiting", Reentry("always")),
        listed("waiting-once", Reentry("once"), params=Discount),
        listed("waiting-later", Reentry("after", timedelta(days=30))),
        listed("waiting-subscribed", Reentry("once"), starts_on=frozenset({"contact.subscribed"})),
    ]
)
