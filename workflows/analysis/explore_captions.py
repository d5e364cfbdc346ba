"""The ways in which a step may end, in a few words each."""

from typing import Any

from activities.calls import EmailResult, Found, Notified, Started
from workflows.analysis.words import happened
from workflows.contracts import Received
from workflows.kit.steps import Step, Wait


def caption(step: Step[Any], sample: Any) -> str:
    """Empty when there is nothing to tell."""
    match sample:
        case Received(choice=choice, name=name):
            return choice or happened(name)
        case EmailResult(message_id=message):
            return "sent" if message else "not sent"
        case Notified(skipped=skipped):
            return "nobody told" if skipped else ""
        case Started(created=created):
            return "started" if created else "not started"
        case Found(at=at):
            return "" if at else "no such date"
        case bool():
            return "yes" if sample else "no"
        case str():
            return sample if type(sample) is str else ""  # what an open text is, comparing it tells
        case None if isinstance(step, Wait) and step.patterns:
            return "no answer" if any(pattern.choices for pattern in step.patterns) else "nothing came"
    return ""
