"""The first tables."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        _text("id"),
        _text("name"),
        _text("prefix"),
        _text("digest"),
        _json("scopes"),
        _time("created_at"),
        _time("expires_at", null=True),
        _time("revoked_at", null=True),
        _time("last_used_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
    )
    op.create_table(
        "contact",
        _text("id"),
        _text("external_id", null=True),
        _text("email", null=True),
        _text("name", null=True),
        _text("locale"),
        _text("time_zone"),
        _json("attributes"),
        _number("score"),
        _text("stage", null=True),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.UniqueConstraint("email", name="uq_contact_email"),
        sa.UniqueConstraint("external_id", name="uq_contact_external_id"),
    )
    op.create_table(
        "failure",
        _text("id"),
        _text("enrollment_id", null=True),
        _text("key", null=True),
        _text("activity"),
        _text("code"),
        _text("text"),
        _number("attempt"),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_failure"),
    )
    op.create_index("ix_failure_enrollment", "failure", ["enrollment_id", "at"])
    op.create_table("mark", _text("name"), _time("at"), sa.PrimaryKeyConstraint("name", name="pk_mark"))
    op.create_table(
        "suppression",
        _text("address_hash"),
        _text("reason"),
        _time("at"),
        sa.PrimaryKeyConstraint("address_hash", name="pk_suppression"),
    )
    op.create_table(
        "consent",
        _text("id"),
        _text("contact_id"),
        _text("topic"),
        _flag("granted"),
        _text("source"),
        _text("proof", null=True),
        _time("at"),
        _owned("consent", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_latest", "consent", ["contact_id", "topic", "at"])
    op.create_table(
        "enrollment",
        _text("id"),
        _text("workflow"),
        _text("subject_kind"),
        _text("subject_id"),
        _text("contact_id", null=True),
        _text("entry"),
        _json("params"),
        _text("release"),
        _text("status"),
        _text("outcome", null=True),
        _text("reason", null=True),
        _text("step", null=True),
        _time("step_at", null=True),
        _time("paused_at", null=True),
        _time("created_at"),
        _time("started_at", null=True),
        _time("ended_at", null=True),
        _owned("enrollment", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("id", name="pk_enrollment"),
        sa.UniqueConstraint(
            "workflow", "subject_id", "entry", name="uq_enrollment_workflow_subject_id_entry"
        ),
    )
    op.create_index("ix_enrollment_contact", "enrollment", ["contact_id", "status"])
    op.create_index("ix_enrollment_newest", "enrollment", ["created_at", "id"])
    op.create_index("ix_enrollment_status", "enrollment", ["status", "created_at"])
    op.create_index("ix_enrollment_workflow", "enrollment", ["workflow", "status", "created_at"])
    op.create_table(
        "event",
        _text("id"),
        _text("name"),
        _text("contact_id", null=True),
        _text("message_id", null=True),
        _time("occurred_at"),
        _time("received_at"),
        _time("delivered_at", null=True),
        _flag("machine"),
        _json("properties"),
        _owned("event", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_contact", "event", ["contact_id", "occurred_at"])
    op.create_index("ix_event_undelivered", "event", ["delivered_at", "received_at"])
    op.create_table(
        "decision",
        _text("id"),
        _text("contact_id"),
        _text("enrollment_id", null=True),
        _text("key", null=True),
        _text("channel"),
        _text("template"),
        _text("verdict"),
        _text("reason"),
        _time("at"),
        _owned("decision", "contact_id", "contact"),
        _owned("decision", "enrollment_id", "enrollment"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_contact", "decision", ["contact_id", "at"])
    op.create_index("ix_decision_enrollment_id", "decision", ["enrollment_id"])
    op.create_table(
        "effect",
        _long("enrollment_id"),
        _text("key"),
        _json("result"),
        _time("at"),
        _owned("effect", "enrollment_id", "enrollment"),
        sa.PrimaryKeyConstraint("enrollment_id", "key", name="pk_effect"),
    )
    op.create_table(
        "message",
        _text("id"),
        _text("enrollment_id"),
        _text("key"),
        _text("contact_id"),
        _text("channel"),
        _text("purpose"),
        _text("template"),
        _text("version", null=True),
        _text("locale", null=True),
        _text("release"),
        _text("provider", null=True),
        _text("status"),
        _number("attempt"),
        _time("deadline", null=True),
        _text("header_id", null=True),
        _text("provider_id", null=True),
        _text("error", null=True),
        _time("created_at"),
        _time("sent_at", null=True),
        _time("opened_at", null=True),
        _time("clicked_at", null=True),
        _owned("message", "contact_id", "contact"),
        _owned("message", "enrollment_id", "enrollment"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("enrollment_id", "key", name="uq_message_enrollment_id_key"),
    )
    op.create_index("ix_message_contact_id", "message", ["contact_id"])
    op.create_index("ix_message_template", "message", ["template", "status", "sent_at"])
    op.create_table(
        "score",
        _text("id"),
        _text("contact_id"),
        _text("enrollment_id", null=True),
        _text("key", null=True),
        _number("points"),
        _text("reason"),
        _time("at"),
        _owned("score", "contact_id", "contact"),
        _owned("score", "enrollment_id", "enrollment", then="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_score"),
    )
    op.create_index("ix_score_contact_id", "score", ["contact_id"])
    op.create_index("ix_score_enrollment_id", "score", ["enrollment_id"])
    op.create_table(
        "step",
        _long("enrollment_id"),
        _text("key"),
        _json("terms"),
        _json("result"),
        _text("failed", null=True),
        _time("at"),
        _owned("step", "enrollment_id", "enrollment"),
        sa.PrimaryKeyConstraint("enrollment_id", "key", name="pk_step"),
    )


def downgrade() -> None:
    for table in (
        "step",
        "score",
        "message",
        "effect",
        "decision",
        "event",
        "enrollment",
        "consent",
        "suppression",
        "mark",
        "failure",
        "contact",
        "api_key",
    ):
        op.drop_table(table)


def _column(name: str, *, kind: sa.types.TypeEngine[Any], null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


_text = partial(_column, kind=sa.String())
_long = partial(_column, kind=sa.Text())
_json = partial(_column, kind=sa.JSON())
_time = partial(_column, kind=sa.DateTime(timezone=True))
_number = partial(_column, kind=sa.Integer())
_flag = partial(_column, kind=sa.Boolean())


def _owned(table: str, column: str, owner: str, then: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=f"fk_{table}_{column}", ondelete=then)
