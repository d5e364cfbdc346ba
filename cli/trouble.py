"""Errors of the database and of Temporal as one line: what is wrong, which setting is meant."""

from collections.abc import Iterator
from contextlib import contextmanager

from cli.output import Failure
from worker.settings import Settings, SettingsError
from worker.settings_rules import shown


@contextmanager
def database_trouble(settings: Settings) -> Iterator[None]:
    """Raises `Failure` for whatever a database, its driver or its file can have against us."""
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, OSError, CommandError) as error:
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
    reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    return f"Temporal at {where} does not answer ({reason}): see TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE"
