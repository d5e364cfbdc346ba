"""The Temporal runtime: steps become activities, timers and conditions; the ledger is what continues."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from temporalio import workflow
from temporalio.common import SearchAttributePair
from temporalio.exceptions import ApplicationError

from workflows.contracts import Enrollment, EventSignal, Ledger, Next, OpenWait, Outcome, ResumePolicy, State
from workflows.kit.details import describe
from workflows.kit.dispatch import Dispatch
from workflows.kit.ends import Ended, Ending, end_hooks
from workflows.kit.fit import misfit
from workflows.kit.journal import Journal
from workflows.kit.runtimes import Runtime
from workflows.kit.search import RELEASE
from workflows.kit.steps import (
    Decision,
    Done,
    Effect,
    Keys,
    Misuse,
    Question,
    R,
    Step,
    StepFailed,
    Wait,
    branch,
)
from workflows.kit.tasks import gather
from workflows.kit.timing import RunClock

PARKED = "cadencia-parked"

PathOn = Callable[[Runtime], Coroutine[Any, Any, None]]


class Authored(Protocol):
    """What a workflow's author wrote: the path, and perhaps `@on_end` methods."""

    async def path(self) -> None: ...


class TemporalRuntime:
    """Runs the path that `author` wrote. `path_on` makes it on another runtime, to walk the ledger with."""

    def __init__(
        self,
        enrollment: Enrollment,
        author: Authored,
        *,
        goals: frozenset[str],
        release: str,
        path_on: PathOn,
    ) -> None:
        self.enrollment = enrollment
        self._author = author
        self._clock = RunClock(enrollment.pace)
        self.journal = Journal(enrollment.ledger or Ledger(started=self._clock.now()))
        self.ending: Ending | None = None
        self.parked: str | None = None
        self._goals = goals
        self._release = release
        self._path_on = path_on
        self._keys = Keys()
        self._dispatch = Dispatch(enrollment, self.journal)
        self._standing: dict[str, tuple[Step[Any], datetime]] = {}
        self._migrating = False
        self._closing = False
        self._cancelled = False
        self._over = False

    # What handlers do: they only change state, and the path finds out at its next look.

    def receive(self, event: EventSignal) -> None:
        if not self.journal.receive(event, self._clock.now()):
            return
        if event.name in self._goals:
            self.end(Ending("converted", event.name))
        elif event.name == "contact.unsubscribed":
            self.end(Ending("unsubscribed"))

    def end(self, ending: Ending) -> None:
        """The first end counts."""
        self.ending = self.ending or ending

    def pause(self) -> None:
        self.journal.pause(self._clock.now())
        self._show()

    def resume(self, policy: ResumePolicy) -> None:
        self.journal.resume(self._clock.now(), policy)
        self._show()

    def migrate(self) -> None:
        self._migrating = True

    def state(self) -> State:
        return State(
            status=self._status(),
            outcome=self.ending.outcome if self.ending else None,
            steps=tuple(self._next(key) for key in self._standing),
            trail=tuple(self.journal.entries.values()),
            inbox=len(self.journal.inbox),
            parked=self.parked,
            paused_since=self.journal.paused,
            release=self._release,
        )

    def _status(self) -> Any:
        if self._over:
            return "ended"
        if self.parked:
            return "parked"
        return "paused" if self.journal.paused else "running"

    # The run, from its first command to its outcome.

    async def run(self) -> Outcome:
        if self._parks():
            await self._until_freed()
        else:
            await self._walk(self._author.path())
        await self._close()
        self._over = True
        self._show()
        return self._outcome()

    def _parks(self) -> bool:
        """Whether the ledger did not fit when this run began. A marker keeps the answer: fitting code may come."""
        if self.enrollment.ledger is None:
            return False
        self.parked = misfit(self._path_on, self.enrollment.ledger)
        if workflow.unsafe.is_replaying():
            was_parked = workflow.patched(PARKED)
            self.parked = (self.parked or "fits again: migrate to go on") if was_parked else None
        elif self.parked:
            workflow.patched(PARKED)
        return self.parked is not None

    async def _until_freed(self) -> None:
        """A parked run does nothing, loses nothing, and answers `migrate` and `exit`."""
        self._show()
        try:
            await workflow.wait_condition(lambda: self._migrating or self.ending is not None)
        except asyncio.CancelledError:
            self._cancel()
        if self.ending is None:
            self._continue_as_new()

    async def _walk(self, path: Coroutine[Any, Any, None]) -> None:
        body = asyncio.create_task(path)
        leave = asyncio.create_task(workflow.wait_condition(self._may_leave))
        while not (body.done() or leave.done()):
            try:
                await workflow.wait([body, leave], return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                self._cancel()
        if not body.done():
            self._continue_as_new()
        leave.cancel()
        try:
            body.result()
            self.end(Ending("completed"))
        except Ended as ended:
            self.end(ended.ending)
        except StepFailed as failed:
            self.end(Ending("failed", f"{failed.key} {failed.code}"))

    def _cancel(self) -> None:
        self._cancelled = True
        self.end(Ending("exited", "cancelled"))

    def _due_to_leave(self) -> bool:
        if self.ending is not None:
            return False
        return self._migrating or workflow.info().is_continue_as_new_suggested()

    def _may_leave(self) -> bool:
        return self._due_to_leave() and not self._dispatch.under_way and workflow.all_handlers_finished()

    def _continue_as_new(self) -> None:
        workflow.continue_as_new(
            self.enrollment.model_copy(update={"ledger": self.journal.snapshot(), "release": self._release}),
            search_attributes=workflow.info().typed_search_attributes.updated(
                SearchAttributePair(RELEASE, self._release)
            ),
        )

    async def _close(self) -> None:
        """What still happens after an end, and the outcome for the database."""
        ending = self.ending or Ending("completed")
        self._closing = True
        token = branch.set("end/")
        for hook in end_hooks(self._author):
            try:
                await hook(ending)
            except StepFailed as failed:
                self.log(f"on_end: {failed}")
        branch.reset(token)
        await self._dispatch.close(ending)

    def _outcome(self) -> Outcome:
        ending = self.ending or Ending("completed")
        if self._cancelled:
            raise asyncio.CancelledError
        if ending.outcome == "failed":
            raise ApplicationError(ending.reason or "failed", type="path_failed", non_retryable=True)
        return Outcome(outcome=ending.outcome, reason=ending.reason, steps=len(self.journal.entries))

    # Steps.

    async def perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        known = self.journal.recall(step, key)
        if known is not None:
            return known
        await self._gate()
        self._stand(key, step)
        try:
            result, stored = await self._answer(step, key)
        except StepFailed as failed:
            self.journal.record(step, key, self._clock.now(), failed=failed.code, stored=False)
            raise
        finally:
            self._standing.pop(key, None)
        now = self._clock.now()
        self.journal.record(step, key, now, result=result, stored=stored)
        return Done(key, result, now)

    async def _answer(self, step: Step[R], key: str) -> tuple[R, bool]:
        """The result, and whether the database has it already."""
        match step:
            case Question():
                return await self._dispatch.ask(step, key), False
            case Effect():
                return await self._dispatch.perform(step, key), True
            case Wait():
                return await self._wait(step, key), False
            case Decision():
                return step.decide(self.enrollment.subject_id, self._clock.now()), False
        raise Misuse(f"{key}: no runtime knows how to do a {type(step).__name__}")

    async def _gate(self) -> None:
        """Before a step begins: an end stops the path, a pause holds it, a due continue-as-new takes it over."""
        if self._closing:
            return
        self._stop_at_end()
        if self.journal.paused or self._due_to_leave():
            await workflow.wait_condition(
                lambda: self.ending is not None or not (self.journal.paused or self._due_to_leave())
            )
            self._stop_at_end()

    def _stop_at_end(self) -> None:
        if self.ending is not None:
            raise Ended(self.ending)

    async def _wait(self, wait: Wait, key: str) -> Any:
        if self._closing:
            raise Misuse(f"{key}: an @on_end method may not wait: move the wait into the path")
        if wait.patterns and all(pattern.void for pattern in wait.patterns):
            return None
        while True:
            self._stop_at_end()
            opened = self.journal.open[key]
            if not self.journal.paused:
                found = self.journal.find(wait, opened.since)
                if found:
                    self.journal.use(found)
                    return found
                if wait.due(opened.clock) <= self._clock.now():
                    return None
            await self._until_news(wait, opened)

    async def _until_news(self, wait: Wait, opened: OpenWait) -> None:
        """Sleeps, by one timer, until the wait is due or something concerns it. A pause takes the timer away."""
        paused = self.journal.paused
        left = None if paused else self._clock.real(wait.due(opened.clock) - self._clock.now())

        def news() -> bool:
            if self.ending is not None or self.journal.paused != paused:
                return True
            return not paused and self.journal.find(wait, opened.since) is not None

        with suppress(TimeoutError):
            await workflow.wait_condition(news, timeout=left, timeout_summary=opened.key)

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        outer = branch.get()

        async def run(name: str, path: Coroutine[Any, Any, Any]) -> Any:
            branch.set(f"{outer}{name}/")
            return await path

        return await gather({name: run(name, path) for name, path in branches.items()})

    def log(self, text: str) -> None:
        workflow.logger.info(text)

    # What operators see.

    def _stand(self, key: str, step: Step[Any]) -> None:
        now = self._clock.now()
        if isinstance(step, Wait):
            self.journal.begin(step, key, now)
        self._standing[key] = (step, now)
        self._show()

    def _next(self, key: str) -> Next:
        step, since = self._standing[key]
        opened = self.journal.open.get(key)
        if opened is None or not isinstance(step, Wait):
            return Next(key=key, since=since)
        return Next(key=key, since=opened.since, due=None if self.journal.paused else step.due(opened.clock))

    def _show(self) -> None:
        workflow.set_current_details(describe(self.state()))
