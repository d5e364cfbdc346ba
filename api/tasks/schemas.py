"""Tasks, as the API shows and answers them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from api.public.task_pages import MOST_COMMENT
from api.schemas import Body, Paging, View
from store.drafts import Line, When

TaskStatus = TypeAliasType("TaskStatus", Literal["open", "done", "withdrawn"])


class TaskFilter(Paging):
    """Tasks that meet all of these."""

    role: Line | None = None
    status: TaskStatus | None = None
    enrollment_id: Line | None = None
    created_after: When | None = None
    done_after: When | None = None


class TaskView(View):
    """Work for a person. `key` is the step that asked; `delivered_at` is when the enrollment heard of the answer."""

    id: str
    enrollment_id: str
    key: str
    workflow: str
    subject_kind: str
    subject_id: str
    label: str
    text: str
    role: str
    answers: list[str]
    status: TaskStatus
    due_at: datetime | None
    choice: str | None
    comment: str | None
    answered_by: str | None
    created_at: datetime
    reminded_at: datetime | None
    escalated_from: str | None
    done_at: datetime | None
    delivered_at: datetime | None


class AnsweredView(View):
    """All that a key without the scope `read` is told of a task that it answers."""

    id: str
    status: TaskStatus


class AnswerBody(Body):
    """One of the task's `answers`, or none when it has none. The comment stays in the database."""

    choice: Line | None = None
    comment: Annotated[str, Field(max_length=MOST_COMMENT)] | None = None
    answered_by: Line | None = Field(
        default=None, description="Who answers, as you know them; the name of the API key when left out"
    )
