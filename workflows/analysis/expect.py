"""What a path must come to for one contact, when it is known what that contact does with each mail.

The path is walked without Temporal, on a clock of its own that only waits move. Reactions come while the path waits, as
those of people do; what follows the last wait they can no longer change.
"""

from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from activities.calls import (
    AddScore,
    Condition,
    EmailResult,
    Match,
    SendEmail,
    Started,
    StartWorkflow,
    UpdateContact,
    UpdateCrm,
)
from activities.rules import holds
from workflows.analysis.people import Person, Reaction
from workflows.contracts import Enrollment, Received
from workflows.events import OrderCompleted
from workflows.kit.declaration import Declaration, declaration_of, path_on
from workflows.kit.ends import Ended, Ending, end_hooks
from workflows.kit.runtimes import drive
from workflows.kit.steps import Asked, Decision, Done, Effect, Keys, Misuse, Question, R, Step, Wait, branch
from workflows.kit.workflow import MarketingWorkflow

_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_STEPS = 2_000


class Undecided(Exception):
    """What comes next does not follow from reactions; the text names the step."""


@dataclass(frozen=True)
class Mail:
    """A mail that must be sent, by the key of its step. `during`: the wait in which each event has to arrive."""

    key: str
    template: str
    reaction: Reaction
    during: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """`lasts`: the time of all waits together, as workflow time."""

    ending: Ending
    mails: tuple[Mail, ...]
    lasts: timedelta


def expect(cls: type[MarketingWorkflow], person: Person, shortest: timedelta) -> Expected:
    """Walks the path. Raises Undecided, also when a wait in which a reaction is due lasts less than `shortest`."""
    declaration = declaration_of(cls)
    if declaration is None:
        raise Misuse(f"{cls.__name__} is not decorated: put @marketing_workflow(…) above it")
    course = _Course(person, frozenset(goal.name for goal in declaration.goals), shortest)
    workflow = path_on(cls, _enrollment(cls, declaration, person), course)
    try:
        drive(workflow.path())
        course.end(Ending("completed"))
    except Ended as ended:
        course.end(ended.ending)
    ending = course.close()
    token = branch.set("end/")
    try:
        for hook in end_hooks(workflow):
            drive(hook(ending))
    finally:
        branch.reset(token)
    return Expected(ending, tuple(course.mails.values()), course.now() - _BEGIN)


def _enrollment(cls: type[MarketingWorkflow], declaration: Declaration, person: Person) -> Enrollment:
    return Enrollment(
        id=f"{declaration.slug}:{person.id}:1",
        workflow=declaration.slug,
        subject_kind=cls.subject_kind,
        subject_id=person.id,
        entry="1",
        release="expected",
    )


class _Course:
    """The runtime: effects succeed at once, and only waits take time."""

    def __init__(self, person: Person, goals: frozenset[str], shortest: timedelta) -> None:
        self._now = _BEGIN
        self.mails: dict[str, Mail] = {}
        self._person = person
        self._goals = goals
        self._shortest = shortest
        self._ending: Ending | None = None
        self._closing = False
        self._keys = Keys()
        self._steps = 0
        self._due: deque[tuple[Mail, str]] = deque()
        self._inbox: list[Received] = []

    def end(self, ending: Ending) -> None:
        """The first end counts."""
        self._ending = self._ending or ending

    def close(self) -> Ending:
        """The ending; what is asked from now on belongs to `@on_end` methods."""
        self._closing = True
        return self._ending or Ending("completed")

    async def perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise Undecided(f"{key}: after {_MOST_STEPS} steps there is no end")
        self._stop_at_end()
        return Done(key, cast(R, self._answer(step, key)), self._now)

    def _stop_at_end(self) -> None:
        if self._ending is not None and not self._closing:
            raise Ended(self._ending)

    def _answer(self, step: Step[Any], key: str) -> Any:
        match step:
            case Question(order=Match(conditions=conditions)):
                return self._matches(conditions)
            case Effect(order=SendEmail(template=template)):
                return self._send(key, template)
            case Effect():
                return self._effect(step, key)
            case Decision(method="split" | "control_group"):
                return step.decide(Asked("", self._person.id, key, self._now))
            case Wait(until=None):
                return self._wait(step, key)
        raise Undecided(f"{key} turns on more than reactions")

    def _matches(self, conditions: tuple[Condition, ...]) -> bool:
        return all(holds(self._person, condition) for condition in conditions)

    def _send(self, key: str, template: str) -> EmailResult:
        mail = self.mails[key] = Mail(key, template, self._person.reacts(template))
        self._due.extend((mail, event) for event in mail.reaction.events)
        return EmailResult(message_id=key)

    def _effect(self, effect: Effect[Any], key: str) -> Any:
        match effect.order:
            case AddScore(points=points):
                self._person.score += points
            case UpdateCrm(stage=stage):
                self._person.stage = stage
            case UpdateContact(attributes=changes):
                merged = {**self._person.attributes, **changes}
                self._person.attributes = {name: one for name, one in merged.items() if one is not None}
            case StartWorkflow():
                return Started(enrollment_id="", created=True, reason="started")
        if len(effect.samples) > 1:
            raise Undecided(f"{key} may end in several ways, which reactions do not decide")
        return effect.samples[0]

    def _wait(self, wait: Wait, key: str) -> Received | None:
        began, due = self._now, wait.due(self._now)
        while True:
            self._stop_at_end()
            found = self._find(wait, began)
            if found or due <= self._now:
                return found
            if self._due:
                self._react(key, due - began)
            else:
                self._now = due

    def _find(self, wait: Wait, began: datetime) -> Received | None:
        """An event satisfies one wait once."""
        for received in self._inbox:
            sought = (pattern.sought(began) for pattern in wait.patterns if not pattern.void)
            if any(one.matches(received.name, received.about, received.meets, received.at) for one in sought):
                self._inbox.remove(received)
                return received
        return None

    def _react(self, key: str, length: timedelta) -> None:
        """The next reaction arrives in this wait."""
        if length < self._shortest:
            raise Undecided(f"{key} lasts {length}, which may be too short to react in")
        mail, event = self._due.popleft()
        mail.during[event] = key
        message = None if event == OrderCompleted.name else mail.key
        received = Received(id=f"{event}:{mail.key}", name=event, about=message, at=self._now)
        self._inbox.append(received)
        if event in self._goals:
            self.end(Ending("converted", event))

    def now(self) -> datetime:
        return self._now

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        for path in branches.values():
            path.close()
        raise Undecided(f"{' and '.join(branches)} run side by side, and who is first cannot be told")

    def log(self, text: str) -> None:
        """Says nothing."""
