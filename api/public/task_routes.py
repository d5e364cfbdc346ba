"""Where the signed links of tasks lead: looking shows the task, posting answers it."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.background import BackgroundTask

from activities.answering import NotOpen, UnknownTask, WrongChoice
from activities.links import TaskLink
from api.public import pages, task_pages
from api.public.about import About, about
from api.services import Services, Use
from store.tables import Task
from store.tasks import Tasks

router = APIRouter(tags=["public"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    **pages.ANSWERS,
    400: {"description": "The form cannot be read", "content": {"text/html": {}}},
    409: {"description": "Answered before, or withdrawn: who and when", "content": {"text/html": {}}},
    422: {"description": "None of the task's answers", "content": {"text/html": {}}},
}


@router.head("/t/{token}", include_in_schema=False)
@router.get("/t/{token}", response_class=HTMLResponse, responses=pages.ANSWERS)
async def show_task_page(token: str, use: Use) -> HTMLResponse:
    """A page with the task and a button for each answer. Looking at it changes nothing."""
    link = use.links.read_task(token)
    found = await _found(use, link) if link else None
    if found is None:
        return pages.trouble(404)
    task, who = found
    return task_pages.ask(task, who) if task.status == "open" else task_pages.over(task, who)


@router.post("/t/{token}", response_class=HTMLResponse, responses=_ANSWERS)
async def answer_task_page(token: str, request: Request, use: Use) -> HTMLResponse:
    """Answers the task, once, as the role that the link was mailed to."""
    link = use.links.read_task(token)
    found = await _found(use, link) if link else None
    if found is None or link is None:
        return pages.trouble(404)
    task, who = found
    choice, comment = await _sent(request)
    try:
        task = await use.answering.write(task.id, choice=choice, comment=comment, by=link.role)
    except NotOpen as error:
        return task_pages.over(error.task, who, 409)
    except WrongChoice:
        return task_pages.ask_again(task, who)
    except UnknownTask:
        return pages.trouble(404)
    page = task_pages.thank(task, who)
    page.background = BackgroundTask(use.answering.deliver, task)
    return page


async def _found(use: Services, link: TaskLink) -> tuple[Task, About] | None:
    """The task, and whom it is about, for those that the link was mailed to."""
    async with use.database.read() as session:
        task = await Tasks(session).get(link.task_id)
        return (task, await about(use, session, link.role, task.workflow, task.subject_id)) if task else None


async def _sent(request: Request) -> tuple[str | None, str | None]:
    """Choice and comment. What a browser sends besides is left alone."""
    async with request.form(max_files=0, max_fields=10) as form:
        choice, comment = (_text(form.get(name)) for name in ("choice", "comment"))
    return choice, comment and comment[: task_pages.MOST_COMMENT]


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return value.replace("\0", "").replace("\r\n", "\n").encode(errors="replace").decode().strip() or None
