"""Whose word a consent and an event is, ids of events that are each key's own, and lists by the last change."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ANY = sa.text(
    "'1970-01-01 00:00:00+00:00'"
)  # SQLite adds a column without nulls only with a constant; replaced at once
_RANDOM = "_" * 26  # of an id that we made: a caller's may begin alike
_OURS = (f"evt!_{_RANDOM}", f"unsub!_{_RANDOM}", "open:%", "click:%")


def upgrade() -> None:
    op.add_column("consent", sa.Column("reported_by", sa.String(), nullable=True))
    _add_time("consent", "recorded_at", "at")
    op.add_column("event", sa.Column("external_id", sa.String(), nullable=True))
    op.add_column("event", sa.Column("reported_by", sa.String(), nullable=True))
    callers = " AND ".join(f"id NOT LIKE '{ours}' ESCAPE '!'" for ours in _OURS)
    op.execute(sa.text(f"UPDATE event SET external_id = id WHERE {callers}".replace(":", r"\:")))
    op.create_index("uq_event_external_id_reported_by", "event", ["external_id", "reported_by"], unique=True)
    _add_time(
        "enrollment", "updated_at", "COALESCE(ended_at, step_at, run_status_at, started_at, created_at)"
    )
    op.create_index("ix_enrollment_updated", "enrollment", ["updated_at", "id"])
    op.create_index("ix_contact_updated", "contact", ["updated_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_contact_updated", "contact")
    op.drop_index("ix_enrollment_updated", "enrollment")
    op.drop_column("enrollment", "updated_at")
    op.drop_index("uq_event_external_id_reported_by", "event")
    for table, column in (
        ("event", "reported_by"),
        ("event", "external_id"),
        ("consent", "recorded_at"),
        ("consent", "reported_by"),
    ):
        op.drop_column(table, column)


def _add_time(table: str, name: str, known: str) -> None:
    """A time that every row has: of those that are there, as `known`."""
    column = sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=_ANY)
    op.add_column(table, column)
    op.execute(f"UPDATE {table} SET {name} = {known}")
