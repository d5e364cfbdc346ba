"""One run: what it is told, from its first command to its outcome."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import JsonValue
from temporalio import workflow
from temporalio.common import SearchAttributePair
from temporalio.exceptions import ApplicationError

from activities.calls import EventSignal
from workflows.contracts import Enrollment, Ledger, Outcome, ResumePolicy, State, Status
from workflows.kit.closing import Authored, close
from workflows.kit.course import Course
from workflows.kit.details import describe
from workflows.kit.dispatch import Dispatch
from workflows.kit.ends import Ended, Ending
from workflows.kit.fit import fit
from workflows.kit.journal import Journal
from workflows.kit.rounds import NextRound
from workflows.kit.runtime import TemporalRuntime
from workflows.kit.runtimes import Runtime
from workflows.kit.search import RELEASE
from workflows.kit.standing import Standing
from workflows.kit.steps import StepFailed
from workflows.kit.timing import RunClock

PARKED = "cadencia-parked"

PathOn = Callable[[Runtime], Coroutine[Any, Any, None]]


class Run:
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
        self._enrollment = enrollment
        self._author = author
        self._goals = goals
        self._release = release
        self._path_on = path_on
        self._clock = RunClock(enrollment.pace)
        self._course = Course()
        self._standing = Standing(self._show)
        self.journal = Journal(enrollment.ledger or Ledger(started=self._clock.now()))
        self._dispatch = Dispatch(enrollment, self.journal)
        self.runtime = TemporalRuntime(
            enrollment, self.journal, self._clock, self._course, self._dispatch, self._standing
        )
        if enrollment.ledger and enrollment.ledger.ending:
            self.end(Ending(*enrollment.ledger.ending))
        self._parked: str | None = None
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

    @property
    def ending(self) -> Ending | None:
        return self._course.ending

    def end(self, ending: Ending) -> None:
        """The first end counts."""
        self._course.end(ending)

    def pause(self) -> None:
        self.journal.pause(self._clock.now())
        self._show()

    def resume(self, policy: ResumePolicy) -> None:
        self.journal.resume(self._clock.now(), policy)
        self._show()

    def migrate(self) -> None:
        self._course.migrating = True

    def state(self) -> State:
        return State(
            status=self._status(),
            outcome=self.ending.outcome if self.ending else None,
            round=self.journal.round,
            steps=self._standing.steps(self.journal),
            trail=tuple(self.journal.entries.values()),
            inbox=len(self.journal.inbox),
            parked=self._parked,
            paused_since=self.journal.paused,
            release=self._release,
        )

    def _status(self) -> Status:
        if self._over:
            return "ended"
        if self._parked:
            return "parked"
        return "paused" if self.journal.paused else "running"

    def _show(self) -> None:
        workflow.set_current_details(describe(self.state()))

    # The run, from its first command to its outcome.

    async def run(self) -> Outcome:
        if self._parks():
            await self._until_freed()
        else:
            await self._walk(self._author.path())
        ending = self.ending or Ending("completed")
        self._course.closing = True
        await close(self.runtime, self._author, ending)
        await self._dispatch.close(ending)
        self._over = True
        self._show()
        return self._outcome(ending)

    def _parks(self) -> bool:
        """Whether the ledger did not fit when this run began. A marker keeps the answer: fitting code may come."""
        if self._enrollment.ledger is None:
            return False
        walked = fit(self._path_on, self._enrollment.ledger)
        self._parked = walked.misfit
        if workflow.unsafe.is_replaying():
            was_parked = workflow.patched(PARKED)
            self._parked = (self._parked or "fits again: migrate to go on") if was_parked else None
        elif self._parked:
            workflow.patched(PARKED)
        if self._parked:
            self.runtime.undo.extend(walked.compensations)  # an exit undoes what the walk came to
        return self._parked is not None

    async def _until_freed(self) -> None:
        """A parked run does nothing, loses nothing, and answers `migrate` and `exit`."""
        self._show()
        try:
            await workflow.wait_condition(lambda: self._course.migrating or self._course.ended)
        except asyncio.CancelledError:
            self._cancel()
        if not self._course.ended:
            self._continue_as_new(self.journal.snapshot())

    async def _walk(self, path: Coroutine[Any, Any, None]) -> None:
        body = asyncio.create_task(path)

        def over() -> bool:
            return body.done() or self._may_leave()

        while not over():
            try:
                await workflow.wait_condition(over)
            except asyncio.CancelledError:
                self._cancel()
        if not body.done():
            self._continue_as_new(self.journal.snapshot())
        try:
            body.result()
            self.end(Ending("completed"))
        except Ended as ended:
            self.end(ended.ending)
        except NextRound as next_round:
            if not self._course.ended:
                self._continue_as_new(self.journal.next_round(self._clock.now()), next_round.params)
        except StepFailed as failed:
            self.end(Ending("failed", f"{failed.key} {failed.code}"))

    def _cancel(self) -> None:
        self._cancelled = True
        self.end(Ending("exited", "cancelled"))

    def _may_leave(self) -> bool:
        return self._course.due_to_leave and not self._dispatch.under_way and workflow.all_handlers_finished()

    def _continue_as_new(self, ledger: Ledger, params: dict[str, JsonValue] | None = None) -> None:
        carried = {
            "ledger": ledger,
            "params": {**self._enrollment.params, **(params or {})},
            "release": self._release,
        }
        workflow.continue_as_new(
            self._enrollment.model_copy(update=carried),
            search_attributes=workflow.info().typed_search_attributes.updated(
                SearchAttributePair(RELEASE, self._release)
            ),
        )

    def _outcome(self, ending: Ending) -> Outcome:
        if self._cancelled:
            raise asyncio.CancelledError
        if ending.outcome == "failed":
            raise ApplicationError(ending.reason or "failed", type="path_failed", non_retryable=True)
        return Outcome(outcome=ending.outcome, reason=ending.reason, steps=len(self.journal.entries))
