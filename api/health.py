"""Whether this process lives, and whether it can work."""

import asyncio
from typing import Literal

from fastapi import APIRouter

from activities.runs import RunsUnavailable
from api.errors import RETRY_AFTER, Problem
from api.schemas import Answer, problems_of
from api.services import Services, Use
from store.database import is_full, is_unavailable
from store.writable import probe
from worker import search_attributes
from worker.connection import RunEnded, reaching

router = APIRouter(tags=["health"])

_WITHIN = 8.0  # seconds that a write may take


class Health(Answer):
    status: Literal["ok"] = "ok"


@router.get("/healthz", responses=problems_of(400))
async def get_health() -> Health:
    """This process answers."""
    return Health()


@router.get("/readyz", responses=problems_of(400, 503))
async def get_readiness(use: Use) -> Health:
    """Contacts can be enrolled: the database can be written, and Temporal knows what runs are started with."""
    away = [(name, why) for name, why in (await _database(use), await _temporal(use)) if why]
    if away:
        raise Problem(503, "not_ready", "Not ready", away, {"Retry-After": RETRY_AFTER})
    return Health()


async def _database(use: Services) -> tuple[str, str | None]:
    try:
        async with asyncio.timeout(_WITHIN):
            await probe(use.database)
    except Exception as error:
        if is_full(error):
            return "database", "cannot be written, its disk is full; make room on it"
        if not is_unavailable(error):
            raise
        return "database", "cannot be reached; check CADENCIA_DATABASE_URL and that it runs"
    return "database", None


async def _temporal(use: Services) -> tuple[str, str | None]:
    try:
        await use.runs.check()
        async with reaching("Temporal"):
            missing = await search_attributes.missing(use.client)
    except (RunsUnavailable, RunEnded) as error:
        return "temporal", f"{error}; check TEMPORAL_ADDRESS and that it runs"
    if missing:
        remedy = f"run `{search_attributes.command(use.client, missing)}`"
        return "temporal", f"does not know the search attributes {', '.join(missing)}; {remedy}"
    return "temporal", None
