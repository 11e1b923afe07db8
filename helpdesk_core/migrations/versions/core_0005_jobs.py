"""Jobs, and the slots of periodic ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None

JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("queue", sa.String(length=60), nullable=False),
        sa.Column("payload", JSON_VALUE, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("locked_by", sa.String(length=80), nullable=True),
        sa.Column("dedup", sa.String(length=200), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("died_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("dedup", name=op.f("uq_job_dedup")),
        sqlite_autoincrement=True,  # the id is the key of effects elsewhere: never twice
    )
    op.create_index(op.f("ix_job_due_at_id"), "job", ["due_at", "id"])
    op.create_index(op.f("ix_job_state_id"), "job", ["state", "id"])
    op.create_table(
        "periodic_slot",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slot_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", "slot_at", name=op.f("pk_periodic_slot")),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("periodic_slot")
    op.drop_table("job")
