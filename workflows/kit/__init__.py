"""What marketing workflows are written with."""

from workflows.kit.clock import days, hours, minutes, weeks
from workflows.kit.declaration import Objective, Parameters, after, always, marketing_workflow, once
from workflows.kit.emails import Email
from workflows.kit.ends import Ending, on_end
from workflows.kit.events import EventType, event
from workflows.kit.rules import attribute, locale, score, stage
from workflows.kit.steps import Misuse, StepFailed
from workflows.kit.workflow import ContactWorkflow

__all__ = [
    "ContactWorkflow",
    "Email",
    "Ending",
    "EventType",
    "Misuse",
    "Objective",
    "Parameters",
    "StepFailed",
    "after",
    "always",
    "attribute",
    "days",
    "event",
    "hours",
    "locale",
    "marketing_workflow",
    "minutes",
    "on_end",
    "once",
    "score",
    "stage",
    "weeks",
]
