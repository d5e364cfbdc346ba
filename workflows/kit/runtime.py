"""The Temporal runtime: steps become activities, timers and conditions."""

from collections.abc import Coroutine
from datetime import datetime
from typing import Any, cast

from temporalio import workflow

from activities.calls import NO_ENROLLMENT
from workflows.contracts import Enrollment
from workflows.kit.course import Course
from workflows.kit.dispatch import Dispatch
from workflows.kit.faults import Parking
from workflows.kit.journal import Journal
from workflows.kit.standing import Standing
from workflows.kit.steps import (
    Asked,
    Compensation,
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
from workflows.kit.waiting import Waiting


class TemporalRuntime:
    """Does a run's steps, and answers those that its journal knows. `undo` are the compensations declared so far."""

    def __init__(
        self,
        enrollment: Enrollment,
        journal: Journal,
        clock: RunClock,
        course: Course,
        dispatch: Dispatch,
        standing: Standing,
    ) -> None:
        self._enrollment = enrollment
        self._journal = journal
        self._clock = clock
        self._course = course
        self._dispatch = dispatch
        self._standing = standing
        self._waiting = Waiting(journal, clock, course, dispatch)
        self._keys = Keys(journal.round)
        self.undo: list[Compensation] = []

    async def perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        if isinstance(step, Compensation):
            self.undo.append(step)
        known = self._journal.recall(step, key)
        if known is not None:
            return known
        if not isinstance(step, Compensation):
            await self._gate()
        if isinstance(step, Wait):
            self._journal.begin(key, step.terms, self.now())
        self._standing.begin(key, step, self.now())
        try:
            result, stored = await self._answer(step, key)
        except StepFailed as failed:
            if failed.code == NO_ENROLLMENT:
                raise Parking(f"{failed.code} at {key}") from None
            self._journal.record(step, key, self.now(), failed=failed.code, stored=False)
            raise
        finally:
            self._standing.end(key)
        now = self.now()
        self._journal.record(step, key, now, result=result, stored=stored)
        return Done(key, result, now)

    async def _answer(self, step: Step[R], key: str) -> tuple[R, bool]:
        """The result, and whether the database has it already."""
        match step:
            case Question():
                return await self._dispatch.ask(step, key), False
            case Effect():
                return await self._dispatch.perform(step, key), True
            case Wait():
                if self._course.closing:
                    raise Misuse(f"{key}: an @on_end method may not wait: move the wait into the path")
                return await self._waiting.answer(step, key), False
            case Decision():
                enrollment = self._enrollment
                return step.decide(Asked(enrollment.id, enrollment.subject_id, key, self.now())), False
            case Compensation():
                return cast(R, None), False
        raise Misuse(f"{key}: no runtime knows how to do a {type(step).__name__}")

    async def _gate(self) -> None:
        """Before a step begins: an end stops the path, a pause holds it, a due continue-as-new takes it over."""
        if self._course.closing:
            return
        self._course.stop()
        if self._held():
            await workflow.wait_condition(lambda: self._course.ended or not self._held())
            self._course.stop()

    def _held(self) -> bool:
        return self._journal.paused is not None or self._course.due_to_leave

    def now(self) -> datetime:
        return self._clock.now()

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        outer = branch.get()

        async def run(name: str, path: Coroutine[Any, Any, Any]) -> Any:
            branch.set(f"{outer}{name}/")
            return await path

        return await gather({name: run(name, path) for name, path in branches.items()})

    def log(self, text: str) -> None:
        workflow.logger.info(text)
