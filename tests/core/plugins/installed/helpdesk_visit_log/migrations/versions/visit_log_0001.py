"""The visit log's tables."""

import sqlalchemy as sa
from alembic import op

revision = "visit_log_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "visit_log_entry",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("ticket_id", sa.Integer, nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_visit_log_entry_ticket_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_log_entry"),
    )
    op.create_index("ix_visit_log_entry_ticket_id", "visit_log_entry", ["ticket_id"])
    op.create_table(
        "visit_log_car",
        sa.Column("ticket_id", sa.Integer, nullable=False),
        sa.Column("plate", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_visit_log_car_ticket_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_visit_log_car"),
    )
    op.create_table(
        "visit_log_blackened",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visit_log_blackened"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("visit_log_blackened")
    op.drop_table("visit_log_car")
    op.drop_index("ix_visit_log_entry_ticket_id", table_name="visit_log_entry")
    op.drop_table("visit_log_entry")
