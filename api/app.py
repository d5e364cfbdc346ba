"""The API as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from activities.catalogue import Catalogue
from api import errors, health
from api.contacts.routes import router as contacts
from api.document import ABOUT, document, operation_id
from api.edge import Compressed, Edge
from api.enrollments.batch import router as enrollment_batches
from api.enrollments.recovery import router as recovery
from api.enrollments.routes import router as enrollments
from api.enrollments.steering import router as steering
from api.event_types.routes import router as event_types
from api.events.batch import router as event_batches
from api.events.routes import router as events
from api.gate import Gate
from api.messages.routes import router as messages
from api.metrics.routes import router as metrics
from api.problems.routes import router as what_is_wrong
from api.public.notice_routes import router as notice_pages
from api.public.routes import router as public
from api.public.task_routes import router as task_pages
from api.reference import router as reference
from api.reference import serve_reference
from api.services import opened
from api.tasks.routes import router as tasks
from api.teams.routes import router as teams
from api.workflows.routes import router as workflows
from worker.settings import Settings


def create_app(settings: Settings, catalogue: Catalogue | None = None) -> FastAPI:
    """The application; without a catalogue, the workflows that the settings name."""
    app = FastAPI(
        title="Cadencia",
        summary="Enroll contacts in marketing workflows, post events, see where everybody stands.",
        version=version("cadencia"),
        lifespan=_lifespan(settings, catalogue),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        **ABOUT,
        redirect_slashes=False,
    )
    app.add_middleware(Gate)
    app.add_middleware(Compressed)
    app.add_middleware(Edge)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, errors.handle)
    for resource in (
        workflows, recovery, enrollments, enrollment_batches, steering, contacts, events, event_batches, event_types,
        messages, tasks, teams, what_is_wrong,
    ):  # fmt: skip
        app.include_router(resource, prefix="/v1")
    app.include_router(public)
    app.include_router(task_pages)
    app.include_router(notice_pages)
    app.include_router(health.router)
    app.include_router(metrics)
    app.include_router(reference)
    if not settings.production:
        serve_reference(app)
    document(app)
    return app


def _lifespan(settings: Settings, catalogue: Catalogue | None) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        installed = _installed(settings) if catalogue is None else catalogue
        async with opened(settings, installed) as services:
            app.state.services = services
            yield

    return lifespan


def _installed(settings: Settings) -> Catalogue:
    from worker.catalogue import load  # imports every workflow: not for those who bring their own

    return load(settings)
