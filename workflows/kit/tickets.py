"""What a path holds of a task it gave to people."""

from dataclasses import dataclass
from datetime import datetime

from workflows.kit.events import Pattern


@dataclass(frozen=True)
class Task:
    """`answers` are what may be chosen; none when the task is only to be done."""

    label: str
    id: str
    at: datetime
    answers: tuple[str, ...]

    @property
    def done(self) -> Pattern:
        """Somebody did it; the event's `choice` is the answer."""
        return Pattern(
            label=f"{self.label}.done",
            names=("task.done",),
            about=self.id,
            since=self.at,
            choices=self.answers,
        )
