"""One run: what it is told, from its first command to its outcome."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import JsonValue
from temporalio import workflow
from temporalio.common import SearchAttributePair
from temporalio.exceptions import ApplicationError

from activities import faults
from activities.calls import Cursor, EventSignal
from workflows.contracts import (
    HABITS,
    Enrollment,
    Exit,
    HandedOver,
    Ledger,
    Outcome,
    Resume,
    ResumePolicy,
    State,
    Status,
)
from workflows.kit.closing import Authored, close
from workflows.kit.course import Course
from workflows.kit.details import describe
from workflows.kit.dispatch import Dispatch
from workflows.kit.ends import Ended, Ending
from workflows.kit.faults import NOT_OURS, Parking, fault_in
from workflows.kit.fit import PathOn, fit
from workflows.kit.habits import parked_by_marker
from workflows.kit.journal import Journal
from workflows.kit.rounds import NextRound
from workflows.kit.runtime import TemporalRuntime
from workflows.kit.search import RELEASE
from workflows.kit.standing import Standing
from workflows.kit.status import StatusReports
from workflows.kit.steps import StepFailed
from workflows.kit.timing import RunClock


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
        self._dispatch = Dispatch(enrollment, self.journal, self._course)
        before = enrollment.ledger
        told = before.told if before else "running"
        self._reports = (
            StatusReports(self._dispatch, self._clock, lambda: (self._status(), self._parked), told)
            if enrollment.habits > 1
            else None
        )
        self.runtime = TemporalRuntime(
            enrollment, self.journal, self._clock, self._course, self._dispatch, self._standing
        )
        if enrollment.ledger and enrollment.ledger.ending:
            self.end(Ending(*enrollment.ledger.ending))
        self.refused: Parking | None = None
        self._parked = before.fault if before else None
        self._cancelled = False
        self._over = False

    # What handlers do: they only change state, and the path finds out at its next look.

    def receive(self, event: EventSignal) -> None:
        if not self.journal.inbox.receive(event, self._clock.now()):
            return
        if event.name in self._goals:
            self.end(Ending("converted", event.name))
        elif event.name == "contact.unsubscribed":
            self.end(Ending("unsubscribed"))

    def overflow(self, first: Cursor) -> None:
        self.journal.inbox.overflow(first)

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

    def take_over(self, update: HandedOver) -> None:
        """What the run before had taken in when this one replaced it."""
        if not self.journal.inbox.spend(update.id):
            return
        match update.update:
            case Exit(reason=reason):
                self.end(Ending("exited", reason))
            case Resume(policy=policy):
                self.resume(policy)
            case None:
                self.pause()

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
            moved=self.journal.moved,
            paused_since=self.journal.paused,
            release=self._release,
            habits=self._enrollment.habits,
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
        if self._reports:
            self._reporting = asyncio.create_task(self._reports.keep())
        if self._enrollment.habits == 1 and self._enrollment.ledger:
            self._parked = parked_by_marker(self._path_on, self._enrollment.ledger)
        if self._parked:
            await self._until_freed()
        elif parking := self.refused or self._misfit():
            await self._park(parking)
        else:
            await self._walk(self._author.path())
        ending = self.ending or Ending("completed")
        self._course.closing = True
        errors = await close(self.runtime, self._author, ending)
        if self._reports:
            await self._reports.rest()
        await self._dispatch.close(ending, [self._keep(fault_in(error)) for error in errors])
        self._over = True
        self._show()
        return self._outcome(ending)

    def _misfit(self) -> Parking | None:
        """Why the run cannot go on from the ledger it was given; None when that fits. Nothing is executed."""
        ledger = self._enrollment.ledger
        return fit(self._path_on, ledger).parking if ledger and self._enrollment.habits > 1 else None

    async def _until_freed(self) -> None:
        """A parked run does nothing, loses nothing, and answers `migrate` and `exit`, which undoes what its path had
        come to."""
        self._show()
        await self._until(lambda: self._course.ended or (self._course.migrating and self._may_continue()))
        if not self._course.ended:
            self._continue_as_new(self.journal.snapshot())
        self.runtime.undo.extend(fit(self._path_on, self.journal.snapshot()).compensations)

    async def _park(self, parking: Parking) -> None:
        """Continues as a run that is parked by its input, so that it replays on any code. An end that comes before
        that counts more."""
        self._parked = self._keep(parking)
        self._show()
        await self._until(lambda: self._course.ended or self._may_continue())
        if not self._course.ended:
            self._continue_as_new(self.journal.snapshot().model_copy(update={"fault": parking.fault}))
        self._parked = None

    def _keep(self, parking: Parking) -> str:
        """The fault; its text is kept for the activity that writes it down."""
        faults.keep(self._enrollment.id, parking.fault, parking.text)
        return parking.fault

    async def _walk(self, path: Coroutine[Any, Any, None]) -> None:
        body = asyncio.create_task(path)
        await self._until(lambda: body.done() or self._may_leave())
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
        except Parking as parking:
            await self._park(parking)
        except NOT_OURS:
            raise
        except (Exception, asyncio.CancelledError) as error:  # only the path itself can have cancelled it
            await self._park(fault_in(error))

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Waits; a cancel that comes meanwhile is an exit."""
        while not condition():
            try:
                await workflow.wait_condition(condition)
            except asyncio.CancelledError:
                self._cancelled = True
                self.end(Ending("exited", "cancelled"))

    def _may_leave(self) -> bool:
        return self._course.due_to_leave and self._may_continue()

    def _may_continue(self) -> bool:
        """Whether nothing is under way that another run could not take over."""
        reported = self._reports is None or self._reports.done
        return reported and not self._dispatch.under_way and workflow.all_handlers_finished()

    def _continue_as_new(self, ledger: Ledger, params: dict[str, JsonValue] | None = None) -> None:
        told = self._reports.told if self._reports else None
        carried = {
            "ledger": ledger.model_copy(update={"told": told}),
            "params": {**self._enrollment.params, **(params or {})},
            "release": self._release,
            "habits": HABITS,
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
