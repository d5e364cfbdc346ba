"""The API as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from activities.catalogue import Catalogue
from api import contacts, enrollments, errors, events, health, messages, public, workflows
from api.edge import Edge
from api.requests import MAX_BODY
from api.services import opened
from worker.settings import Settings


def create_app(settings: Settings, catalogue: Catalogue | None = None) -> FastAPI:
    """The application; without a catalogue, the workflows that the settings name."""
    app = FastAPI(
        title="Cadencia",
        summary="Enroll contacts in marketing workflows, post events, see where everybody stands.",
        version=version("cadencia"),
        lifespan=_lifespan(settings, catalogue),
        docs_url=None if settings.production else "/docs",
        redoc_url=None,
        max_body_size=MAX_BODY,
    )
    app.add_middleware(Edge)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, errors.answer)
    for resource in (workflows, enrollments, contacts, events, messages):
        app.include_router(resource.router, prefix="/v1")
    app.include_router(public.router)
    app.include_router(health.router)
    _document_problems(app)
    return app


def _lifespan(settings: Settings, catalogue: Catalogue | None) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(settings, catalogue or _installed(settings)) as services:
            app.state.services = services
            yield

    return lifespan


def _installed(settings: Settings) -> Catalogue:
    from worker.catalogue import load  # imports every workflow: not for those who bring their own

    return load(settings)


def _document_problems(app: FastAPI) -> None:
    """Adds the schema that every problem response refers to."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        template = "#/components/schemas/{model}"
        problem = errors.ProblemBody.model_json_schema(ref_template=template)
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(problem.pop("$defs"))
        schemas["Problem"] = problem
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it
