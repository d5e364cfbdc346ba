"""The base classes of marketing workflows: what a path may call."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn, TypeVar, cast

from pydantic import JsonValue

from activities.calls import (
    AddScore,
    EmailResult,
    Model,
    Nothing,
    Preference,
    Purpose,
    SendEmail,
    Started,
    StartWorkflow,
    UpdateContact,
    UpdateCrm,
)
from activities.contacts import ContactRecords
from activities.crm import Crm
from activities.email import Email as EmailActivities
from activities.rules import Rules
from activities.scoring import Scoring
from activities.starting import Starting
from workflows.contracts import Enrollment, Outcome, Received
from workflows.kit.clock import days
from workflows.kit.emails import Email
from workflows.kit.ends import Ended, Ending
from workflows.kit.events import EventType, Pattern
from workflows.kit.handlers import Handlers
from workflows.kit.rules import Rule
from workflows.kit.splits import arm_of
from workflows.kit.steps import Decision, Effect, Misuse, Question, Wait

Branch = TypeVar("Branch")
Result = TypeVar("Result", bound=str)
Arm = TypeVar("Arm", bound=str)
Wanted = EventType | Pattern

_RECEIVED = Received(id="evt", name="event", at=datetime.fromisoformat("2000-01-01T00:00:00+00:00"))
_NOTHING = Nothing()


class MarketingWorkflow(Handlers):
    """A workflow of any subject. Authors write `path`; `@marketing_workflow` gives it `run`."""

    subject_kind: ClassVar[str]

    async def path(self) -> None:
        """The way from start to outcome."""
        raise Misuse(f"{type(self).__name__} has no path: write `async def path(self) -> None`")

    async def run(self, enrollment: Enrollment) -> Outcome:
        """The Temporal entry point, so that `client.start_workflow(WelcomeSeries.run, enrollment)` is typed."""
        raise Misuse(f"{type(self).__name__} is not decorated: put @marketing_workflow(…) above it")

    async def sleep(self, duration: timedelta, label: str) -> None:
        """Waits for a time. Ends, pause and resume reach it at once."""
        _positive(duration, "sleep")
        await self._wait(Wait(
            method="sleep", label=label, returns=None, samples=(None,), closed=True,
            terms={"seconds": duration.total_seconds()}, within=duration,
        ))  # fmt: skip

    async def sleep_until(self, when: datetime, label: str) -> None:
        """Waits for a moment; one that is past is no wait. A pause does not move it."""
        if when.tzinfo is None:
            raise Misuse(f"sleep_until({label!r}) needs a time with a zone: datetime(…, tzinfo=ZoneInfo(…))")
        await self._wait(Wait(
            method="sleep_until", label=label, returns=None, samples=(None,), closed=True,
            terms={"until": when.isoformat()}, until=when,
        ))  # fmt: skip

    async def wait_for(
        self, *wanted: Wanted, within: timedelta, since: Email | datetime | None = None
    ) -> Received | None:
        """The first of the events that comes, or None when none came `within` the time.

        It looks from its own start; handles such as `hello.seen`, and `since=hello`, from that message on. Within no
        time at all it only looks at what came already. For a message that was skipped it answers None at once.
        """
        start = since.sent_at if isinstance(since, Email) else since
        patterns = tuple(one.pattern(start) if isinstance(one, EventType) else one for one in wanted)
        if not patterns or within < timedelta(0):
            raise Misuse("wait_for needs at least one event, and a time within which it may come")
        label = "|".join(pattern.label for pattern in patterns)
        names: list[JsonValue] = [name for pattern in patterns for name in pattern.names]
        return await self._wait(Wait(
            method="wait_for", label=label, returns=Received | None, samples=(_RECEIVED, None),
            terms={"seconds": within.total_seconds(), "events": names}, within=within, patterns=patterns,
        ))  # fmt: skip

    async def split(self, name: str, arms: Mapping[Arm, int]) -> Arm:
        """One of the arms, by weight; the same for a subject each time the split's name is asked."""
        weights = dict(arms)
        if not weights or min(weights.values()) < 0 or not sum(weights.values()):
            raise Misuse(f"split {name!r} needs arms with weights of 0 or more, not all 0")
        terms: dict[str, JsonValue] = {"arms": cast(JsonValue, dict(weights))}
        done = await self._runtime.perform(Decision(
            method="split", label=name, returns=str, samples=tuple(weights), closed=True, terms=terms,
            decide=lambda subject, _now: arm_of(subject, name, weights),
        ))  # fmt: skip
        return done.result

    async def now(self) -> datetime:
        """The time, recorded: asked again after continue-as-new it is still the same."""
        moment = Decision(
            method="now",
            label="",
            returns=datetime,
            samples=(_RECEIVED.at,),
            decide=lambda _subject, now: now,
        )
        return (await self._runtime.perform(moment)).result

    async def start(
        self, workflow: str, *, params: Mapping[str, JsonValue] | None = None, entry_key: str | None = None
    ) -> Started:
        """Enrolls the subject in another workflow, by its slug, under that workflow's re-entry rule."""
        order = StartWorkflow(workflow=workflow, params=dict(params or {}), entry_key=entry_key)
        started = Started(enrollment_id="", created=True, reason="started")
        kept_out = Started(enrollment_id="", created=False, reason="already_enrolled")
        done = await self._runtime.perform(Effect(
            method="start", label=workflow, returns=Started, samples=(started, kept_out),
            activity=Starting.start, order=order,
        ))  # fmt: skip
        return done.result

    async def hand_over(self, to: str, *, params: Mapping[str, JsonValue] | None = None) -> NoReturn:
        """Starts another workflow and ends this one as completed."""
        await self.start(to, params=params)
        self.finish("completed", reason=f"handed_over_to {to}")

    def finish(self, outcome: str, *, reason: str | None = None) -> NoReturn:
        """Ends the path here, under an outcome of the workflow's own."""
        raise Ended(Ending(outcome, reason))

    async def call(
        self,
        activity: Callable[..., Coroutine[Any, Any, Result]],
        order: Model = _NOTHING,
        *,
        results: tuple[Result, ...] | None = None,
        label: str | None = None,
    ) -> Result:
        """An activity of your own, done once: `@activity.defn async def name(call: Call[Order]) -> Literal["ok", …]`.

        `results` are all it may answer; the path branches on nothing else. Workers find and run it by themselves.
        Its answer is recorded when it returns: one that is killed before is called again, with the same
        (`enrollment_id`, `key`) to tell by. Raises StepFailed when it raises a non-retryable ApplicationError.
        """
        name = label or activity.__name__
        samples = results or cast(tuple[Result, ...], ("done",))
        done = await self._runtime.perform(Effect(
            method="call", label=name, returns=str, samples=samples, closed=results is not None,
            activity=activity, order=order,
        ))  # fmt: skip
        return done.result

    async def together(self, **branches: Coroutine[Any, Any, Branch]) -> dict[str, Branch]:
        """Runs branches side by side and returns their results by name. Branches share nothing."""
        return await self._runtime.together(branches)

    def log(self, text: str) -> None:
        """A line for the worker's log, once, however often the run is replayed."""
        self._runtime.log(text)

    async def _wait(self, wait: Wait) -> Received | None:
        return (await self._runtime.perform(wait)).result


class ContactWorkflow(MarketingWorkflow):
    """A workflow that runs for one contact."""

    subject_kind = "contact"

    async def send_email(
        self,
        template: str,
        *,
        purpose: Purpose = "marketing",
        prefer: Preference = "delivery",
        expires: timedelta = days(3),
    ) -> Email:
        """Sends one message, once, if the arbiter lets it; the handle tells whether, and what to wait for.

        While a provider is away it is tried again until it `expires`; then it is skipped and the path goes on.
        `prefer`: when nobody can know whether a mail went out, `delivery` sends it again, `once` never does.
        """
        _positive(expires, "send_email expires")
        order = SendEmail(
            template=template, purpose=purpose, prefer=prefer, expires_seconds=int(expires.total_seconds())
        )
        done = await self._runtime.perform(Effect(
            method="send_email", label=template, returns=EmailResult,
            samples=(EmailResult(message_id="msg"), EmailResult(skipped="no_consent")),
            activity=EmailActivities.send, order=order, queue="email",
        ))  # fmt: skip
        return Email(template, done.result, done.at)

    async def score(self, points: int, reason: str) -> None:
        """Adds points to the contact's score, or takes them when negative."""
        await self._effect("score", reason, Scoring.add, AddScore(points=points, reason=reason))

    async def update_contact(self, label: str, **attributes: JsonValue) -> None:
        """Merges attributes; None removes one."""
        await self._effect(
            "update_contact", label, ContactRecords.update, UpdateContact(attributes=attributes)
        )

    async def update_crm(self, stage: str) -> None:
        """Moves the contact to a stage of its lifecycle in the CRM."""
        await self._effect("update_crm", stage, Crm.set_stage, UpdateCrm(stage=stage))

    async def matches(self, rule: Rule) -> bool:
        """Whether the contact meets a rule now. Attributes stay in the database; the answer alone is recorded."""
        done = await self._runtime.perform(Question(
            method="matches", label=str(rule), returns=bool, samples=(True, False), closed=True,
            activity=Rules.match, order=rule.match,
        ))  # fmt: skip
        return done.result

    async def _effect(
        self, method: str, label: str, activity: Callable[..., Coroutine[Any, Any, Nothing]], order: Model
    ) -> None:
        await self._runtime.perform(Effect(
            method=method, label=label, returns=Nothing, samples=(_NOTHING,), activity=activity, order=order,
        ))  # fmt: skip


def _positive(duration: timedelta, what: str) -> None:
    if duration <= timedelta(0):
        raise Misuse(f"{what}: {duration} is no time to wait; give a positive duration such as days(2)")
