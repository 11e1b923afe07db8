"""Warranties. A migration is frozen text: it imports neither models nor anything else that may change."""

import sqlalchemy as sa
from alembic import op

revision = "warranty_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "warranty_warranty",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reminded_for", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_warranty_warranty_ticket_id_ticket", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_warranty_warranty"),
    )
    op.create_index("ix_warranty_warranty_ends_on", "warranty_warranty", ["ends_on"])


def downgrade() -> None:
    """Leave nothing behind."""
    op.drop_table("warranty_warranty")
