"""Tasks, teams and publications."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team",
        _text("name"),
        _text("email", null=True),
        _text("locale"),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("name", name="pk_team"),
    )
    op.create_table(
        "task",
        _text("id"),
        _text("enrollment_id"),
        _text("key"),
        _text("workflow"),
        _text("subject_kind"),
        _text("subject_id"),
        _text("label"),
        sa.Column("text", sa.Text(), nullable=False),
        _text("role"),
        sa.Column("answers", sa.JSON(), nullable=False),
        _text("status"),
        _time("due_at", null=True),
        _text("choice", null=True),
        sa.Column("comment", sa.Text(), nullable=True),
        _text("answered_by", null=True),
        _time("created_at"),
        _time("reminded_at", null=True),
        _text("escalated_from", null=True),
        _time("done_at", null=True),
        _time("delivered_at", null=True),
        _of_enrollment("task"),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("enrollment_id", "key", name="uq_task_enrollment_id_key"),
    )
    op.create_index("ix_task_role", "task", ["role", "status"])
    op.create_index("ix_task_undelivered", "task", ["status", "delivered_at", "done_at"])
    op.create_table(
        "publication",
        _text("id"),
        _text("enrollment_id"),
        _text("key"),
        _text("channel"),
        _text("item"),
        _text("status"),
        _text("url", null=True),
        _time("created_at"),
        _time("published_at", null=True),
        _of_enrollment("publication"),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
        sa.UniqueConstraint("enrollment_id", "key", name="uq_publication_enrollment_id_key"),
    )


def downgrade() -> None:
    for table in ("publication", "task", "team"):
        op.drop_table(table)


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=null)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _of_enrollment(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_enrollment_id"
    return sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name=name, ondelete="CASCADE")
