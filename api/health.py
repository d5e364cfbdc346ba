"""Whether this process lives, and whether it can work."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from activities.runs import RunsUnavailable
from api.errors import RETRY_AFTER, Problem
from api.schemas import problems
from api.services import Services, Use
from store.database import is_unavailable

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str = "ok"


@router.get("/healthz")
async def alive() -> Health:
    """This process answers."""
    return Health()


@router.get("/readyz", responses={503: problems()[503]})
async def ready(use: Use) -> Health:
    """Database and Temporal answer too."""
    away = [(name, why) for name, why in (await _database(use), await _temporal(use)) if why]
    if away:
        raise Problem(503, "not_ready", "Not ready", away, {"Retry-After": RETRY_AFTER})
    return Health()


async def _database(use: Services) -> tuple[str, str | None]:
    try:
        async with use.database.read() as session:
            await session.execute(text("SELECT 1"))
    except Exception as error:
        if not is_unavailable(error):
            raise
        return "database", "cannot be reached; check CADENCIA_DATABASE_URL and that it runs"
    return "database", None


async def _temporal(use: Services) -> tuple[str, str | None]:
    try:
        await use.runs.check()
    except RunsUnavailable as error:
        return "temporal", f"{error}; check TEMPORAL_ADDRESS and that it runs"
    return "temporal", None
