"""Notices, and what a site chooses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notifications_0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "notifications_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(270), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("facts", JSON_VALUE, nullable=False),
        sa.Column("gathered", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("error", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_notifications_notice_ticket_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name="fk_notifications_notice_comment_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications_notice"),
        sa.UniqueConstraint(
            "event_id", "recipient", "channel", name="uq_notifications_notice_event_id_recipient_channel"
        ),
    )
    table = "notifications_notice"
    op.create_index("ix_notifications_notice_recipient_created_at", table, ["recipient", "created_at"])
    op.create_index("ix_notifications_notice_ticket_id_id", table, ["ticket_id", "id"])
    op.create_index("ix_notifications_notice_comment_id", table, ["comment_id"])
    op.create_index("ix_notifications_notice_created_at", table, ["created_at"])
    op.create_table(
        "notifications_rule",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("statuses", JSON_VALUE, nullable=False),
        sa.PrimaryKeyConstraint("kind", "audience", name="pk_notifications_rule"),
    )
    op.create_table(
        "notifications_wording",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(250), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "audience", "language", name="pk_notifications_wording"),
    )
    op.create_table(
        "notifications_option",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", JSON_VALUE, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notifications_option"),
    )


def downgrade() -> None:
    """Drop everything."""
    for name in ("option", "wording", "rule", "notice"):
        op.drop_table(f"notifications_{name}")
