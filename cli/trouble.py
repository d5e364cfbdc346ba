"""Errors of the database and of Temporal as one line: what is wrong, which setting is meant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.output import Failure
from worker.settings import Settings, SettingsError
from worker.settings_rules import shown

_CONNECTION = {
    "ConnectionRefused": "connection refused",
    "dns error": "unknown host",
    "Timeout": "no answer in time",
    "NotFound": "no such namespace",
    "certificate": "its certificate is not trusted",
    "Unauthenticated": "the API key is refused",
}


@asynccontextmanager
async def database_trouble(settings: Settings) -> AsyncIterator[None]:
    """Raises `Failure` for whatever a database, its driver or its file can have against us."""
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, OSError, CommandError) as error:
        await asyncio.sleep(
            0.05
        )  # SQLite's driver has a thread, which still has to tell the loop that it ends
        raise Failure(database_line(settings, error)) from error


def database_line(settings: Settings, error: Exception) -> str:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    reason = reason.rpartition(">: ")[2]  # SQLAlchemy puts the driver's class before its text
    return f"The database {shown(settings.database_url)} cannot be used ({reason}): see CADENCIA_DATABASE_URL"


def temporal_line(settings: Settings, error: Exception) -> str:
    try:
        config = settings.temporal()
    except SettingsError as wrong:
        return wrong.lines[0]
    where = f"{config['target_host']}, namespace {config['namespace']}"
    remedy = "see TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE"
    if not settings.temporal_elsewhere:
        remedy = "`cadencia up` starts it, or set TEMPORAL_ADDRESS"
    return f"Temporal at {where} does not answer ({_reason(error)}): {remedy}"


def _reason(error: Exception) -> str:
    """The SDK's texts for a connection that failed are dumps of its insides."""
    text = str(error).strip()
    known = (found for sign, found in _CONNECTION.items() if sign in text)
    return next(known, text.partition("\n")[0][:160] or type(error).__name__)
