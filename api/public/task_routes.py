"""Where the signed links of tasks lead: looking shows the task, posting answers it."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.background import BackgroundTask

from activities.answering import NotOpen, UnknownTask, WrongChoice
from activities.links import TaskLink
from api.public import pages, task_pages
from api.services import Services, Use
from store.tables import Task
from store.tasks import Tasks
from store.teams import Teams

router = APIRouter(tags=["public"])

_PAGES: dict[int | str, dict[str, Any]] = {
    404: {"description": "The link is incomplete or was changed", "content": {"text/html": {}}},
    503: {"description": "The database is away; `Retry-After`", "content": {"text/html": {}}},
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **_PAGES,
    400: {"description": "The form cannot be read", "content": {"text/html": {}}},
    409: {"description": "Answered before, or withdrawn: who and when", "content": {"text/html": {}}},
    422: {"description": "None of the task's answers", "content": {"text/html": {}}},
}


@router.head("/t/{token}", include_in_schema=False)
@router.get("/t/{token}", response_class=HTMLResponse, responses=_PAGES)
async def show_task_page(token: str, use: Use) -> HTMLResponse:
    """A page with the task and a button for each answer. Looking at it changes nothing."""
    link = use.links.read_task(token)
    task, locale = await _found(use, link) if link else (None, "en")
    if task is None:
        return pages.trouble(404)
    return task_pages.ask(task, locale) if task.status == "open" else task_pages.over(task, locale)


@router.post("/t/{token}", response_class=HTMLResponse, responses=_ANSWERS)
async def answer_task_page(token: str, request: Request, use: Use) -> HTMLResponse:
    """Answers the task, once, as the role that the link was mailed to."""
    link = use.links.read_task(token)
    task, locale = await _found(use, link) if link else (None, "en")
    if task is None or link is None:
        return pages.trouble(404)
    choice, comment = await _sent(request)
    try:
        task = await use.answering.write(task.id, choice=choice, comment=comment, by=link.role)
    except NotOpen as error:
        return task_pages.over(error.task, locale, 409)
    except WrongChoice:
        return task_pages.ask_again(task, locale)
    except UnknownTask:
        return pages.trouble(404)
    page = task_pages.thank(task, locale)
    page.background = BackgroundTask(use.answering.deliver, task)
    return page


async def _found(use: Services, link: TaskLink) -> tuple[Task | None, str]:
    """The task, and the language of those that the link was mailed to."""
    async with use.database.read() as session:
        team = await Teams(session).get(link.role)
        return await Tasks(session).get(link.task_id), team.locale if team else "en"


async def _sent(request: Request) -> tuple[str | None, str | None]:
    """Choice and comment. What a browser sends besides is left alone."""
    async with request.form(max_files=0, max_fields=10) as form:
        choice, comment = (_text(form.get(name)) for name in ("choice", "comment"))
    return choice, comment and comment[: task_pages.MOST_COMMENT]


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return value.replace("\0", "").replace("\r\n", "\n").encode(errors="replace").decode().strip() or None
