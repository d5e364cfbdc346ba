"""What a step may answer in a walk: its samples, with data that they cannot stand for as forking values."""

from datetime import datetime, timedelta
from typing import Any

from activities.calls import EmailResult, Found, Moment, Notified, Started
from workflows.analysis.explore_clock import Clock
from workflows.analysis.explore_forks import Number, Text
from workflows.analysis.explore_times import Time
from workflows.contracts import Received
from workflows.kit.steps import Question, Step, Wait

_ONE_DAY = timedelta(days=1)


def ways(step: Step[Any]) -> int:
    """In how many ways a step may end well. Data of its own is one: comparing it makes the difference."""
    return 1 if _tells_data(step) else len(step.samples)


def answer(step: Step[Any], way: int, clock: Clock) -> Any:
    if step.method == "random":
        return Number(clock.oracle, "a random number", 0, 1 - 2**-53, whole=False)
    if _tells_data(step):
        return Text(clock.oracle, f"the answer of {step.label}")
    return _open(step, step.samples[way], clock)


def _tells_data(step: Step[Any]) -> bool:
    return step.method == "random" or (step.method == "call" and not step.closed)


def lasting(step: Step[Any], clock: Clock) -> timedelta | None:
    """How long a wait may take; None for what is no wait."""
    if not isinstance(step, Wait):
        return None
    if step.until is None:
        return timedelta(0) + (step.within or timedelta(0))  # a plain one
    # A date that the walk did not come by itself lies anywhere: no time passes that could be told.
    known = isinstance(step.until, Time)
    return max(datetime.__sub__(step.until, clock.now()), timedelta(0)) if known else timedelta(0)


def _open(step: Step[Any], sample: Any, clock: Clock) -> Any:
    match sample:
        case Received():
            return sample.model_copy(update={"at": Time.now_on(clock)})
        case EmailResult(skipped=str()) | Notified(skipped=str()):
            return sample.model_copy(update={"skipped": Text(clock.oracle, f"why {step.label} was skipped")})
        case Started():
            return sample.model_copy(update={"reason": Text(clock.oracle, "the reason")})
        case Found(at=datetime()):
            return sample.model_copy(update={"at": _moment(step, clock)})
        case datetime():
            return Time.now_on(clock)
    return sample


def _moment(step: Step[Any], clock: Clock) -> Time:
    """A time of day comes within a day, one on a weekday within a week. A date of the subject's lies anywhere."""
    match step:
        case Question(order=Moment(attribute=None, weekdays=days)):
            return Time.now_on(clock) + (_ONE_DAY * _gap(days) if days else _ONE_DAY)
    return Time.now_on(clock)


def _gap(days: tuple[int, ...]) -> int:
    """The longest time from one of the weekdays to the next, in days."""
    following = [*days[1:], days[0] + 7] if len(days) > 1 else [days[0] + 7]
    return max(later - day for day, later in zip(sorted(days), sorted(following), strict=True))
