"""What is decided about a run while it is under way."""

from dataclasses import dataclass

from temporalio import workflow

from workflows.kit.ends import Ended, Ending


@dataclass
class Course:
    """`ending` is the first end that came, `migrating` an operator's wish to continue on the newest code. While it is
    `closing`, what still has to happen is no longer stopped."""

    ending: Ending | None = None
    migrating: bool = False
    closing: bool = False

    @property
    def ended(self) -> bool:
        return self.ending is not None

    def end(self, ending: Ending) -> None:
        self.ending = self.ending or ending

    def stop(self) -> None:
        """Raises the end in the path, once there is one."""
        if self.ending is not None:
            raise Ended(self.ending)

    @property
    def due_to_leave(self) -> bool:
        """Whether another run has to take over."""
        return not self.ended and (self.migrating or workflow.info().is_continue_as_new_suggested())
