"""What marketing workflows are written with."""

from workflows.kit.clock import days, hours, minutes, weeks
from workflows.kit.contact import ContactWorkflow
from workflows.kit.declaration import Objective, Parameters, after, always, marketing_workflow, once
from workflows.kit.emails import Email
from workflows.kit.ends import Ending, on_end
from workflows.kit.events import EventType, event
from workflows.kit.moments import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    WORKING_DAYS,
    date_of,
    local,
)
from workflows.kit.rules import attribute, locale, score, stage
from workflows.kit.steps import Misuse, StepFailed
from workflows.kit.tickets import Task

__all__ = [
    "FRIDAY",
    "MONDAY",
    "SATURDAY",
    "SUNDAY",
    "THURSDAY",
    "TUESDAY",
    "WEDNESDAY",
    "WORKING_DAYS",
    "ContactWorkflow",
    "Email",
    "Ending",
    "EventType",
    "Misuse",
    "Objective",
    "Parameters",
    "StepFailed",
    "Task",
    "after",
    "always",
    "attribute",
    "date_of",
    "days",
    "event",
    "hours",
    "local",
    "locale",
    "marketing_workflow",
    "minutes",
    "on_end",
    "once",
    "score",
    "stage",
    "weeks",
]
