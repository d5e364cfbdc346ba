"""Tasks: what people are asked to do, and their answers."""

from typing import Annotated

from fastapi import APIRouter, Query

from activities.answering import NotOpen, UnknownTask, WrongChoice
from api.access import By, needs
from api.errors import Problem, not_found
from api.problem_types import FieldError
from api.requests import KeyRoute
from api.schemas import Page, problems
from api.services import Services, Use
from api.tasks.schemas import AnswerBody, AnsweredView, TaskFilter, TaskView
from store.tables import Task
from store.tasks import Tasks

router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=KeyRoute)


@router.get("", responses=problems(), dependencies=[needs("read")])
async def list_tasks(wanted: Annotated[TaskFilter, Query()], use: Use) -> Page[TaskView]:
    """Tasks, newest first."""
    async with use.database.read() as session:
        rows, cursor = await Tasks(session).page(**wanted.model_dump())
        return Page(data=[TaskView.model_validate(row) for row in rows], next_cursor=cursor)


@router.get("/{id}", responses=problems(404), dependencies=[needs("read")])
async def get_task(id: str, use: Use) -> TaskView:
    """One task."""
    return await _shown(use, id)


@router.post("/{id}/answer", responses=problems(404, 409, body=True), dependencies=[needs("operate")])
async def answer_task(id: str, body: AnswerBody, use: Use, caller: By) -> TaskView | AnsweredView:
    """Answers the task, once, and tells its enrollment; where that cannot be done now, within minutes."""
    by = body.answered_by or caller.name
    try:
        await use.answering.answer(id, choice=body.choice, comment=body.comment, by=by)
    except UnknownTask:
        raise not_found("task") from None
    except WrongChoice as error:
        choice = FieldError(field="choice", code="unknown_value", detail=str(error))
        raise Problem(422, "wrong_fields", "This is none of the task's answers", [choice]) from None
    except NotOpen as error:
        raise _over(error.task) from None
    task = await _shown(use, id)
    return task if caller.may("read") else AnsweredView.model_validate(task)


async def _shown(use: Services, id: str) -> TaskView:
    async with use.database.read() as session:
        task = await Tasks(session).get(id)
        if task is None:
            raise not_found("task")
        return TaskView.model_validate(task)


def _over(task: Task) -> Problem:
    at = f"{task.done_at:%Y-%m-%dT%H:%M:%SZ}" if task.done_at else "some time ago"
    if task.status == "withdrawn":
        return Problem(
            409, "withdrawn", "The task was withdrawn", [("id", f"its enrollment ended at {at}; do nothing")]
        )
    said = f"{task.choice or 'done'}, by {task.answered_by} at {at}; an answer cannot be changed"
    return Problem(409, "answered", "The task was answered before", [("id", said)])
