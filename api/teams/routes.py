"""Teams: the roles that workflows give tasks to, and where mails to them go."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from api.access import needs
from api.requests import KeyRoute
from api.schemas import Page, problems
from api.services import Use
from api.teams.schemas import TeamBody, TeamView
from store.teams import Teams

router = APIRouter(prefix="/teams", tags=["teams"], route_class=KeyRoute)

_EXAMPLE = {"email": "sales@example.com"}


@router.get("", responses=problems(), dependencies=[needs("read")])
async def list_teams(use: Use) -> Page[TeamView]:
    """Every team, by name."""
    async with use.database.read() as session:
        return Page(data=[TeamView.model_validate(row) for row in await Teams(session).list()])


@router.put("/{name}", responses=problems(body=True), dependencies=[needs("admin")])
async def put_team(
    name: Annotated[str, Path(pattern=r"^[\p{L}\p{N}_]([\p{L}\p{N}_ .&+-]{0,98}[\p{L}\p{N}_])?$")],
    body: Annotated[TeamBody, Body(openapi_examples={"sales": {"value": _EXAMPLE}})],
    use: Use,
) -> TeamView:
    """Makes the team, or changes the one of this name."""
    async with use.database.begin() as session:
        return TeamView.model_validate(await Teams(session).put(name, body.email, body.locale))
