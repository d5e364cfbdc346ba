"""What became of those inside a workflow whose code has changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

_NAMED = 3  # enrollments that a line names


@dataclass
class Report:
    """`parked` names enrollments, and the step or fault that they park at."""

    workflow: str
    going_on: int = 0
    moved: int = 0
    parked: dict[str, str] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """For a terminal."""
        told = [f"{self.going_on} go on"] if self.going_on else []
        told += [f"{self.moved} were moved to the new code"] if self.moved else []
        if told:
            yield f"{self.workflow} was edited: of the enrollments inside, {', '.join(told)}"
        yield from _listed(self.workflow, self.parked)


def _listed(workflow: str, why: dict[str, str]) -> Iterator[str]:
    for reason in dict.fromkeys(why.values()):
        ids = [id for id, other in why.items() if other == reason]
        more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
        shown = f"cadencia enrollments show {' | '.join(ids[:_NAMED])}{more}"
        yield f"{workflow}: {len(ids)} parked at {reason}: {shown}"
