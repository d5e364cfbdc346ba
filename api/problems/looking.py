"""Looks for what is wrong, in the database and in Temporal. One that does not answer is a cause of its own."""

import asyncio
from datetime import datetime, timedelta

from temporalio.client import Client

from activities.runs import RunsUnavailable
from api.problems import causes, outages
from api.problems.schemas import ORDER, Cause
from store import clock
from store.database import Database, is_full, is_unavailable
from store.findings import Findings
from store.marks import UPKEEP, Marks
from store.problems import Problems
from store.writable import probe
from worker import search_attributes
from worker.connection import RunEnded, reaching
from worker.polling import unpolled

LATE = timedelta(minutes=2)
"""What is done within a minute is late after two."""
UPKEEP_LATE = timedelta(minutes=3)
TOLD_FOR = timedelta(days=1)
"""How long a message counts as a problem of now whose fate nobody will ever know."""
_WITHIN = 10.0  # seconds that either store has to answer


async def look(database: Database, client: Client) -> list[Cause]:
    """Everything that is wrong now: what keeps all from working first."""
    found = [
        cause for seen in await asyncio.gather(of_temporal(client), _of_database(database)) for cause in seen
    ]
    return sorted(found, key=lambda cause: ORDER.index(cause.cause))


async def _of_database(database: Database) -> list[Cause]:
    try:
        async with asyncio.timeout(_WITHIN):
            return [*await _unwritable(database), *await _recorded(database)]
    except Exception as error:
        if not is_unavailable(error):
            raise
        return [outages.database_away()]


async def _unwritable(database: Database) -> list[Cause]:
    try:
        await probe(database)
    except Exception as error:
        if is_full(error):
            return [outages.database_full()]
        raise
    return []


async def _recorded(database: Database) -> list[Cause]:
    late = clock.at(clock.machine() - LATE)
    async with database.read() as session:
        store = Problems(session)
        found = [causes.found(finding) for finding in await Findings(session).all()]
        found += map(causes.failing, await store.failing())
        found += map(causes.parked, await store.parked())
        found += map(causes.lost, await store.lost())
        found += map(causes.not_started, await store.pending(late))
        found += map(causes.not_delivered, await store.undelivered(late))
        found += map(causes.unknown, await store.unknown_messages(clock.at(clock.machine() - TOLD_FOR)))
        mark, oldest = await Marks(session).get(UPKEEP), await store.oldest()
    return [*_upkeep(mark, oldest), *found]


def _upkeep(mark: datetime | None, oldest: datetime | None) -> list[Cause]:
    """Where it never finished a pass, it is late once there has been something to look after."""
    if mark is not None:
        return [outages.upkeep_late(mark)] if mark < clock.machine() - UPKEEP_LATE else []
    waits = oldest is not None and oldest < clock.at(clock.machine() - UPKEEP_LATE)
    return [outages.upkeep_late(oldest)] if waits else []


async def of_temporal(client: Client) -> list[Cause]:
    """What Temporal alone tells."""
    try:
        async with asyncio.timeout(_WITHIN), reaching("Temporal"):
            queues = await unpolled(client)
            missing = await search_attributes.missing(client)
    except (RunsUnavailable, RunEnded, TimeoutError) as error:
        return [outages.temporal_away(str(error) or "Temporal does not answer in time")]
    found = [outages.worker_gone(queue, since) for queue, since in queues.items()]
    if missing:
        found.append(outages.search_attributes_missing(missing, search_attributes.command(client, missing)))
    return found
