"""How a run waits: by one timer, woken by what concerns the wait."""

from contextlib import suppress
from typing import Any

from temporalio import workflow

from activities.calls import ReadEvents
from workflows.contracts import OpenWait
from workflows.kit.course import Course
from workflows.kit.dispatch import Dispatch
from workflows.kit.journal import Journal
from workflows.kit.steps import Wait
from workflows.kit.timing import RunClock


class Waiting:
    def __init__(self, journal: Journal, clock: RunClock, course: Course, dispatch: Dispatch) -> None:
        self._journal = journal
        self._clock = clock
        self._course = course
        self._dispatch = dispatch

    async def answer(self, wait: Wait, key: str) -> Any:
        """The event that ends the wait, or None when it is due. A wait for messages never sent ends at once."""
        if wait.patterns and all(pattern.void for pattern in wait.patterns):
            return None
        while True:
            self._course.stop()
            opened = self._journal.open[key]
            if not self._journal.paused:
                found = self._journal.inbox.find(wait, opened.since)
                if found:
                    self._journal.inbox.use(found)
                    return found
                if unread := self._journal.inbox.unread_by(wait, opened.since):
                    await self._read(unread, key)
                    continue
                if wait.due(opened.clock) <= self._clock.now():
                    return None
            await self._until_news(wait, opened)

    async def _read(self, unread: ReadEvents, key: str) -> None:
        """A page of the events of which the run was not told."""
        page = await self._dispatch.read(unread, key)
        self._journal.inbox.take(page, self._clock.now())

    async def _until_news(self, wait: Wait, opened: OpenWait) -> None:
        """Sleeps until the wait is due or something concerns it. A pause takes the timer away."""
        paused = self._journal.paused
        left = None if paused else self._clock.real(wait.due(opened.clock) - self._clock.now())

        def news() -> bool:
            if self._course.ended or self._journal.paused != paused:
                return True
            if paused:
                return False
            inbox = self._journal.inbox
            return (
                inbox.find(wait, opened.since) is not None or inbox.unread_by(wait, opened.since) is not None
            )

        with suppress(TimeoutError):
            await workflow.wait_condition(news, timeout=left, timeout_summary=opened.key)
