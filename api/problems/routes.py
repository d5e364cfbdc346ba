"""`GET /v1/problems`: what is wrong now."""

from fastapi import APIRouter

from api.access import needs
from api.problems.looking import look
from api.problems.schemas import ProblemList
from api.requests import KeyRoute
from api.schemas import problems
from api.services import Use

router = APIRouter(tags=["problems"], route_class=KeyRoute)


@router.get("/problems", responses=problems(), dependencies=[needs("read")])
async def list_problems(use: Use) -> ProblemList:
    """What is wrong now, by cause: how many it concerns, since when, why, and the command that helps."""
    return ProblemList(data=await look(use.database, use.client))
