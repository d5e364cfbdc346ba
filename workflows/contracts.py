"""Types that cross the boundary of a run: its input, its signals and updates, its state, its outcome."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from activities.calls import Cursor, Entry, Model

LEDGER_VERSION = 1

HABITS = 2
"""What the engine of today does that a run of an earlier habit must not, so that every saved history replays:
1: a parked run notes that with a marker. 2: it parks by continuing as new, and tells its row how it stands."""


class OpenWait(Model):
    """A wait that is under way: events count from `since` on, its time from `clock`, which a pause may move."""

    key: str
    terms: dict[str, JsonValue] = Field(default_factory=dict)
    since: datetime
    clock: datetime


class Received(Model):
    """An event in the inbox; `at` is the run's own time of arrival."""

    id: str
    name: str
    about: str | None = None
    choice: str | None = None
    meets: tuple[str, ...] = ()
    at: datetime


class Unread(Model):
    """Of the events from `since` on the run was not told, as there were too many, until `told_again`: the database has
    them. Each question that a wait asks goes on at its place in `read`, until it is among `read_all`."""

    since: Cursor
    told_again: datetime | None = None
    read: dict[str, Cursor] = Field(default_factory=dict)
    read_all: tuple[str, ...] = ()


class Moved(Model):
    """The run that another took the place of: its release, where Temporal UI shows it, and why it was replaced."""

    release: str
    path: str
    because: str


class Ledger(Model):
    """All that a run hands to the run that continues it.

    `unstored` are keys of entries the database has not yet, `earlier` are such entries of rounds that are over.
    `ending`: outcome and reason of the end that the run has come to, when it is taken over while it closes.
    `waiting_since`: when a wait began that nothing has told of (the last recorded step of a run that was recovered).
    `fault`: name and place of what parks the run, until it is moved. `told`: the status that its row was told last.
    `moved`: the run that it replaced.
    """

    version: int = LEDGER_VERSION
    started: datetime
    round: int = 1
    entries: tuple[Entry, ...] = ()
    unstored: tuple[str, ...] = ()
    earlier: tuple[Entry, ...] = ()
    open: tuple[OpenWait, ...] = ()
    inbox: tuple[Received, ...] = ()
    used: tuple[str, ...] = ()
    unread: Unread | None = None
    waiting_since: datetime | None = None
    fault: str | None = None
    told: str | None = None
    moved: Moved | None = None
    paused: datetime | None = None
    ending: tuple[str, str | None] | None = None


class Pace(Model):
    """Development only: since `epoch`, the run's time passes `speed` times as fast as the server's."""

    epoch: datetime
    speed: float


class Enrollment(Model):
    """The input of every run. `id` is the Temporal workflow id; `ledger` is there when the run continues another.

    `habits`: which commands its engine gives. Only a new run, a continue-as-new or a move takes today's.
    """

    id: str
    workflow: str
    subject_kind: str
    subject_id: str
    entry: str
    params: dict[str, JsonValue] = Field(default_factory=dict)
    release: str
    ledger: Ledger | None = None
    pace: Pace | None = None
    habits: int = 1


ResumePolicy = Literal["catch_up", "restart_wait", "active_time"]


class Resume(Model):
    """Update `resume`. What fell due meanwhile is done at once (`catch_up`), the running wait begins again
    (`restart_wait`), or only active time counts (`active_time`); a wait for a date keeps its date in all three."""

    policy: ResumePolicy = "catch_up"


class Exit(Model):
    """Update `exit`: leave without the goal. The reason is a code, kept in the history."""

    reason: str = Field(default="operator", pattern=r"^[a-z0-9_.-]{1,64}$")


class HandedOver(Model):
    """Signal `handed_over`: an update that the run before had taken when this one replaced it. It counts once.

    `update` is its order, or None for a pause, which has none.
    """

    id: str
    update: Resume | Exit | None = None


class Next(Model):
    """The step a run stands at and, for a wait, when it is due at the latest."""

    key: str
    since: datetime
    due: datetime | None = None


Status = Literal["running", "paused", "parked", "ended"]


class State(Model):
    """Query `state`. `parked` says why the run cannot go on, `moved` which run it replaced."""

    status: Status
    outcome: str | None = None
    round: int = 1
    steps: tuple[Next, ...] = ()
    trail: tuple[Entry, ...] = ()
    inbox: int = 0
    parked: str | None = None
    moved: Moved | None = None
    paused_since: datetime | None = None
    release: str
    habits: int = 1


class Outcome(Model):
    """How a run ended: `completed`, `converted`, `exited`, `unsubscribed` or a name of the workflow's own."""

    outcome: str
    reason: str | None = None
    steps: int = 0
