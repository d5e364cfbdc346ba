"""What comes next for one run: its path is walked with the results that it got, then on along each way it may take."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from activities.calls import AddScore, Entry
from workflows.analysis.explore_captions import caption
from workflows.analysis.retrace import Retraced, Unfinished
from workflows.analysis.words import duration, step_in_words
from workflows.contracts import Enrollment, Next
from workflows.kit.declaration import path_on
from workflows.kit.ends import Ended, Ending
from workflows.kit.rounds import NextRound
from workflows.kit.runtimes import drive
from workflows.kit.steps import Asked, Decision, Done, Question, R, Step, Wait
from workflows.kit.workflow import MarketingWorkflow

_MOST = 6
"""Steps told of one way."""
_OF_THE_SUBJECT = {"split", "control_group"}
"""Decisions that are known beforehand."""


@dataclass(frozen=True)
class Way:
    """`on`: the events or answers that lead here, in words; none where the step just ends. `in_time`: before it is due.

    `steps` follow, in words, as far as they are certain; `ending` where they end the run.
    """

    on: tuple[str, ...]
    in_time: bool
    steps: tuple[str, ...]
    ending: Ending | None


@dataclass(frozen=True)
class Place:
    """Where a run stands: what it has done in this `round`, and the step that is looked at, `beside` those of other
    branches."""

    enrollment: Enrollment
    trail: Mapping[str, Entry]
    at: Next
    round: int = 1
    beside: Collection[str] = ()


def ways(cls: type[MarketingWorkflow], place: Place) -> list[Way]:
    """The ways on from there, alike ones told once; none where the path does not ask for the step. Raises what the path
    raises."""
    here = _Ahead(place)
    here.walk(cls)
    found: dict[tuple[Any, ...], Way] = {}
    for sample in _samples(here.standing):
        ahead = _Ahead(place, answers=(sample,))
        ahead.walk(cls)
        way = ahead.way(sample)
        follows = (way.in_time, way.steps, way.ending)
        known = found.get(follows, way)
        found[follows] = Way(tuple(dict.fromkeys((*known.on, *way.on))), *follows)
    return sorted(found.values(), key=lambda way: not way.in_time)


def _samples(step: Step[Any] | None) -> Sequence[Any]:
    """How the step may end; of an effect, that it is done."""
    if step is None:
        return ()
    return step.samples if isinstance(step, Wait) else step.samples[:1]


class _Ahead(Retraced):
    """Answers the steps that are over, then the one that the run stands at by `answers`, and goes on to the next wait.

    Without `answers` it stops there. Mails and other effects are taken to be done.
    """

    def __init__(self, place: Place, answers: tuple[Any, ...] = ()) -> None:
        super().__init__(place.trail, place.round)
        self.standing: Step[Any] | None = None
        self._place = place
        self._answers = answers
        self._steps: list[str] = []
        self._ending: Ending | None = None

    def walk(self, cls: type[MarketingWorkflow]) -> None:
        path = path_on(cls, self._place.enrollment, self)
        try:
            with suppress(Unfinished):
                drive(path.path())
                self._ending = Ending("completed")
        except Ended as ended:
            self._ending = ended.ending
        except NextRound:
            self._steps.append("begins the next round")

    def way(self, sample: Any) -> Way:
        assert self.standing
        said = caption(self.standing, sample)
        in_time = isinstance(self.standing, Wait) and sample is not None
        return Way((said,) if said and in_time else (), in_time, tuple(self._steps), self._ending)

    def beyond(self, step: Step[R], key: str) -> Done[R]:
        at = self._place.at
        if key == at.key:
            self.standing = step
            return Done(key, cast(R, self._answers[0]), at.due or at.since) if self._answers else self._stop()
        if self.standing is None or key in self._place.beside or len(self._steps) == _MOST:
            self._stop()
        self._steps.append(_words(step, key))
        if isinstance(step, Decision) and step.method in _OF_THE_SUBJECT:
            enrollment = self._place.enrollment
            asked = Asked(enrollment.id, enrollment.subject_id, key, self.now())
            result = step.decide(asked)
            self._steps[-1] += f": {caption(step, result)}"
            return Done(key, result, self.now())
        if isinstance(step, Wait | Question | Decision) or (step.closed and len(step.samples) > 1):
            self._stop()
        return Done(key, step.samples[0], self.now())

    def _stop(self) -> Any:
        raise Unfinished


def _words(step: Step[Any], key: str) -> str:
    said = step_in_words(key)
    match step:
        case Wait(within=within) if within:
            lasts = duration(within.total_seconds())
            return said.replace("waits", f"waits {'up to ' if step.patterns else ''}{lasts}", 1)
        case Wait(within=within) if within is not None:
            return said.replace("waits", "looks back", 1)
        case Step(order=AddScore(points=points)):  # type: ignore[misc]  # mypy cannot narrow a generic
            return said.replace("changes the score", f"score {points:+}".replace("-", "−"), 1)
    return said
