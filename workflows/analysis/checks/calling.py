"""Activities of the authors' own that a path asks for."""

from collections.abc import Iterator

from temporalio import activity

from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.subject import Subject
from workflows.kit.steps import Compensation, Effect


def _undecorated(subject: Subject) -> Iterator[Found]:
    for step in subject.steps:
        effect = step.step.undo if isinstance(step.step, Compensation) else step.step
        if isinstance(effect, Effect) and not activity._Definition.from_callable(effect.activity):
            name = getattr(effect.activity, "__name__", repr(effect.activity))
            yield Found(
                subject.at(step.site),
                f"`{name}` is no activity",
                f"Write `@activity.defn` above `async def {name}(call: Call[…])`; workers then run it by themselves.",
            )


ACTIVITY_UNDECORATED = Check(
    id="activity-undecorated",
    severity="error",
    meaning="A path calls a function that is no activity.",
    why="No worker knows it: the step fails each time it is tried, and everybody who comes here stops.",
    remedy="Write `@activity.defn` above it, from `temporalio`; workers then run it by themselves.",
    look=_undecorated,
    needs="steps",
)
CHECKS = (ACTIVITY_UNDECORATED,)
