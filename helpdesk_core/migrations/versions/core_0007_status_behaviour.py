"""Which statuses a type may have, which steps a role may not take, and what finds the tickets that are due."""

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, empty: every type has every status, no role is denied a step."""
    op.create_table(
        "ticket_type_status",
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("status_key", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["type_id"], ["ticket_type.id"], name=op.f("fk_ticket_type_status_type_id_ticket_type"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_key"], ["status.key"], name=op.f("fk_ticket_type_status_status_key_status"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("type_id", "status_key", name=op.f("pk_ticket_type_status")),
    )
    op.create_table(
        "status_step_denied",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_status_step_denied_role_id_role"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source"], ["status.key"], name=op.f("fk_status_step_denied_source_status"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target"], ["status.key"], name=op.f("fk_status_step_denied_target_status"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "source", "target", name=op.f("pk_status_step_denied")),
    )
    waits = sa.text("until_at IS NOT NULL")
    op.create_index("ix_ticket_until_at", "ticket", ["until_at"], postgresql_where=waits, sqlite_where=waits)
    op.create_index("ix_ticket_status_key_solved_at", "ticket", ["status_key", "solved_at"])


def downgrade() -> None:
    """Drop them with what stands in them."""
    op.drop_index("ix_ticket_status_key_solved_at", table_name="ticket")
    op.drop_index("ix_ticket_until_at", table_name="ticket")
    op.drop_table("status_step_denied")
    op.drop_table("ticket_type_status")
