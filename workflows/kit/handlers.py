"""The messages every run answers. Handlers are synchronous and only change state; validators say why they refuse.

What is already as an update wants it stays so, and the update is accepted: a repeated call is no error.
"""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.calls import Cursor, EventSignal
from workflows.contracts import Enrollment, Exit, HandedOver, Resume, State
from workflows.kit.ends import Ending
from workflows.kit.run import Run
from workflows.kit.runtimes import Runtime


class Handlers:
    """Inherited by every marketing workflow. Only in Temporal is there a `_run`."""

    enrollment: Enrollment
    _runtime: Runtime
    _run: Run

    @workflow.signal(name="event", description="Something happened to the subject")
    def _on_event(self, event: EventSignal) -> None:
        self._run.receive(event)

    @workflow.signal(
        name="unread", description="Events of which the run is not told any more, from this one on"
    )
    def _on_unread(self, first: Cursor) -> None:
        self._run.overflow(first)

    @workflow.signal(name="handed_over", description="An update that the run before had taken")
    def _on_handed_over(self, update: HandedOver) -> None:
        self._run.take_over(update)

    @workflow.update(name="pause", description="Keep the place until resumed")
    def _on_pause(self) -> None:
        self._run.pause()

    @_on_pause.validator
    def _may_pause(self) -> None:
        self._refuse_when_ending()

    @workflow.update(name="resume", description="Go on: catch_up, restart_wait or active_time")
    def _on_resume(self, resume: Resume) -> None:
        self._run.resume(resume.policy)

    @_on_resume.validator
    def _may_resume(self, resume: Resume) -> None:
        self._refuse_when_ending()

    @workflow.update(name="exit", description="Leave without the goal")
    def _on_exit(self, order: Exit) -> None:
        self._run.end(Ending("exited", order.reason))

    @workflow.update(name="migrate", description="Continue on the newest code at the next safe moment")
    def _on_migrate(self) -> None:
        self._run.migrate()

    @_on_migrate.validator
    def _may_migrate(self) -> None:
        self._refuse_when_ending()

    @workflow.query(name="state", description="Where the enrollment stands")
    def _on_state(self) -> State:
        return self._run.state()

    def _refuse_when_ending(self) -> None:
        ending = self._run.ending
        if ending is not None:
            raise ApplicationError(f"the enrollment is ending: {ending.outcome}", type="ending")
