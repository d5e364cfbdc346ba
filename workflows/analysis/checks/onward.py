"""Where workflows lead on to others."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from activities.calls import StartWorkflow
from workflows.analysis.checks.finding import Check, Found, Spot
from workflows.analysis.checks.subject import Installation, Neighbour, Subject
from workflows.analysis.exploration import Taken
from workflows.analysis.explore_forks import OPEN
from workflows.kit.steps import Effect


def _starts(subject: Subject) -> Iterator[tuple[StartWorkflow, Taken]]:
    for step in subject.steps:
        match step.step:
            case Effect(order=StartWorkflow() as order):
                yield order, step


def _unknown(subject: Subject) -> Iterator[Found]:
    for order, step in _starts(subject):
        if order.workflow not in subject.facts.workflows:
            yield Found(
                subject.at(step.site),
                f"`{order.workflow}` is not installed",
                f"Installed are {', '.join(sorted(subject.facts.workflows))}; see CADENCIA_WORKFLOWS.",
            )


def _itself(subject: Subject) -> Iterator[Found]:
    for order, step in _starts(subject):
        if step.asked == "hand_over" and order.workflow == subject.slug:
            yield Found(subject.at(step.site), "It hands over to itself, while it is still running")


def _wrong(subject: Subject) -> Iterator[Found]:
    for order, step in _starts(subject):
        target = subject.facts.workflows.get(order.workflow)
        wrong = _refused(target, order.params) if target else None
        if wrong:
            yield Found(subject.at(step.site), f"`{order.workflow}` does not take its parameters: {wrong}")


def _refused(target: Neighbour, params: Mapping[str, Any]) -> str | None:
    """Data that only a run knows may be anything."""
    try:
        target.params.model_validate(dict(params))
    except ValidationError as error:
        told = [one for one in error.errors() if OPEN not in str(one["input"])]
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in told) or None
    return None


def _circles(installation: Installation) -> Iterator[Found]:
    workflows = installation.facts.workflows
    reported: set[frozenset[str]] = set()
    for subject in installation.subjects:
        circle = _circle(subject.slug, workflows)
        if circle and frozenset(circle) not in reported:
            reported.add(frozenset(circle))
            yield Found(
                _hand_over(subject, circle), f"{' → '.join([*circle, circle[0]])} goes round for ever"
            )


def _circle(slug: str, workflows: Mapping[str, Neighbour]) -> list[str] | None:
    """Back to the workflow itself, when nobody on the way is kept out or ends otherwise."""
    circle = [slug]
    while True:
        here = workflows.get(circle[-1])
        if here is None or here.ends or here.reentry.rule != "always" or len(here.hands_over_to) != 1:
            return None
        (following,) = here.hands_over_to
        if following == slug:
            return circle if len(circle) > 1 else None
        if following in circle:
            return None
        circle.append(following)


def _hand_over(subject: Subject, circle: list[str]) -> Spot:
    steps = (walk.steps[-1] for walk in subject.walks if walk.to == circle[1] and walk.steps)
    return next((subject.at(step.site) for step in steps), subject.spot)


def _named_alike(installation: Installation) -> Iterator[Found]:
    first: dict[str, Subject] = {}
    for subject in installation.subjects:
        other = first.setdefault(subject.slug, subject)
        if other is not subject:
            yield Found(
                subject.spot, f"`{subject.slug}` is the name of a workflow in {other.cls.__module__} too"
            )


UNKNOWN_WORKFLOW = Check(
    id="unknown-workflow",
    severity="error",
    meaning="The path starts, or hands over to, a workflow that is not installed.",
    why="Everybody who comes here stops until it is: workers and API do not even start.",
    remedy="Name an installed workflow by its slug, such as `lead-nurturing`.",
    look=_unknown,
    needs="steps",
)
HANDS_OVER_TO_ITSELF = Check(
    id="hands-over-to-itself",
    severity="error",
    meaning="A workflow hands over to itself.",
    why="While a run is open nobody enters a second time, so nothing is started, and the run ends here.",
    remedy="Write `self.next_round(…)`: it begins the path anew, with an empty ledger.",
    look=_itself,
    needs="steps",
)
WRONG_PARAMETERS = Check(
    id="wrong-parameters",
    severity="error",
    meaning="A workflow is started with parameters that it does not take.",
    why="The start is refused for good, and the path fails with it.",
    remedy="Give the fields of that workflow's Parameters.",
    look=_wrong,
    needs="steps",
)
HAND_OVER_CIRCLE = Check(
    id="hand-over-circle",
    severity="error",
    meaning="Workflows hand over to each other in a circle that nothing ends.",
    why="A contact goes round in it and gets the same messages for ever, unless it unsubscribes.",
    remedy="End one of them otherwise on some branch, or let a re-entry rule (`once()`, `after(…)`) keep people out.",
    look=_circles,
)
NAME_TAKEN = Check(
    id="name-taken",
    severity="error",
    meaning="Two workflows have one name.",
    why="Nobody could tell which of them a contact is to enter: workers and API do not start.",
    remedy="Give one class another name.",
    look=_named_alike,
)
CHECKS = (UNKNOWN_WORKFLOW, HANDS_OVER_TO_ITSELF, WRONG_PARAMETERS)
OVERALL = (NAME_TAKEN, HAND_OVER_CIRCLE)
