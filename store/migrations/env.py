"""Runs migrations on the connection that `store.migrate` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel

from store import tables


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Types of the project's own as SQLAlchemy's: a migration must not change with the code."""
    if kind != "type":
        return False
    if isinstance(item, tables.UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return "sa.String()" if type(item).__name__ == "AutoString" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_item=render_item,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
