"""What a run tells of itself, failures that come again, mails without an answer, and what upkeep finds."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


_OF_FEW = {
    "ix_enrollment_held": ("enrollment", ["run_status", "created_at"], "run_status <> 'running'"),
    "ix_enrollment_lost": ("enrollment", ["lost_at"], "lost_at IS NOT NULL"),
    "ix_enrollment_exiting": ("enrollment", ["exiting_at"], "exiting_at IS NOT NULL"),
    "ix_message_unknown": ("message", ["created_at"], "status = 'unknown'"),
}


def _of_enrollment() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("round", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("round_params", sa.JSON(), nullable=True),
        sa.Column("run_status", sa.String(), nullable=False, server_default="running"),
        sa.Column("run_status_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_status_number", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exiting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_undone", sa.JSON(), nullable=True),
        sa.Column("unread", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("unread_from", sa.DateTime(timezone=True), nullable=True),
    )


def _of_failure() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("count", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    for column in _of_enrollment():
        op.add_column("enrollment", column)
    op.execute(
        "UPDATE enrollment SET run_status = 'paused', run_status_at = paused_at WHERE paused_at IS NOT NULL"
    )
    op.drop_column("enrollment", "paused_at")
    for column in _of_failure():
        op.add_column("failure", column)
    op.add_column("message", sa.Column("unanswered", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "finding",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_finding"),
    )
    for name, (table, columns, where) in _OF_FEW.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_failure_activity", "failure", ["activity", "at"])
    op.create_index("ix_failure_at", "failure", ["at"])


def downgrade() -> None:
    for name in ("ix_failure_at", "ix_failure_activity"):
        op.drop_index(name, "failure")
    for name, (table, _, _) in _OF_FEW.items():
        op.drop_index(name, table)
    op.drop_table("finding")
    op.drop_column("message", "unanswered")
    for column in reversed(_of_failure()):
        op.drop_column("failure", column.name)
    op.add_column("enrollment", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE enrollment SET paused_at = run_status_at WHERE run_status = 'paused'")
    for column in reversed(_of_enrollment()):
        op.drop_column("enrollment", column.name)
