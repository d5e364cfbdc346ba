"""Workflows: what is installed, and what each is for."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue

from activities.catalogue import Listed
from activities.enrolling import UnknownWorkflow
from api.access import needs
from api.requests import KeyRoute
from api.schemas import Page, problems
from api.services import Use
from workflows.kit.declaration import Stage

router = APIRouter(prefix="/workflows", tags=["workflows"], route_class=KeyRoute)


class WorkflowView(BaseModel):
    """A workflow. `events` are all that its runs are told of; `params` is the JSON schema of its parameters."""

    name: str
    type: str = Field(description="The workflow type in Temporal")
    kind: str = Field(description="What it runs for", examples=["contact"])
    stage: Literal[Stage, "plain"] = Field(description="`plain`: a Temporal workflow without a declaration")
    owner: str
    summary: str
    objective: str
    reentry: str
    starts_on: list[str]
    goals: list[str]
    events: list[str]
    release: str
    params: dict[str, JsonValue]


@router.get("", responses=problems(), dependencies=[needs("read")])
async def list_workflows(use: Use) -> Page[WorkflowView]:
    """Every workflow that is installed, by name."""
    return Page(data=[_view(listed) for listed in use.catalogue.values()])


@router.get("/{workflow}", responses=problems(404), dependencies=[needs("read")])
async def get_workflow(workflow: str, use: Use) -> WorkflowView:
    """One workflow, by its name or its type in Temporal."""
    listed = use.catalogue.find(workflow)
    if listed is None:
        raise UnknownWorkflow(workflow, list(use.catalogue))
    return _view(listed)


def _view(listed: Listed) -> WorkflowView:
    return WorkflowView(
        name=listed.slug,
        type=listed.type_name,
        kind=listed.kind,
        stage=listed.stage,
        owner=listed.owner,
        summary=listed.summary,
        objective=listed.objective,
        reentry=str(listed.reentry),
        starts_on=sorted(listed.starts_on),
        goals=sorted(listed.goals),
        events=sorted(listed.events),
        release=listed.release,
        params=listed.params.model_json_schema(),
    )
