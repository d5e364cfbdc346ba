"""Causes, as the API shows them."""

from datetime import datetime
from typing import Literal, get_args

from pydantic import Field

from api.schemas import Answer

Name = Literal[
    "api_away",
    "database_away",
    "database_full",
    "temporal_away",
    "search_attributes_missing",
    "worker_gone",
    "upkeep_late",
    "stores_part",
    "runs_without_row",
    "lost",
    "failing_tasks",
    "parked",
    "mail_not_going_out",
    "template_broken",
    "step_failing",
    "messages_unknown",
    "not_delivered",
    "not_started",
    "other",
]
ORDER: tuple[Name, ...] = get_args(Name)
"""What keeps all from working comes first."""


class Cause(Answer):
    """One thing that is wrong: how many it concerns, since when, and some of the `enrollments`.

    `about` tells causes of one name apart: a task queue, a workflow, an activity. `text` says in one sentence what is
    wrong and why, `remedy` what to do; `command` is the command that helps.
    """

    cause: Name
    about: str | None = None
    count: int = 1
    since: datetime | None = None
    enrollments: list[str] = Field(default_factory=list)
    text: str
    remedy: str
    command: str


class ProblemList(Answer):
    """Empty `data`: nothing is wrong. What could not be looked at is a cause of its own."""

    data: list[Cause]
