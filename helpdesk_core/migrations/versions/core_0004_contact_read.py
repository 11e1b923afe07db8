"""Up to when a contact has seen each of his tickets."""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; nobody has seen anything yet."""
    op.create_table(
        "contact_read",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_read_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_contact_read_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", "ticket_id", name=op.f("pk_contact_read")),
    )
    op.create_index(op.f("ix_contact_read_ticket_id"), "contact_read", ["ticket_id"])


def downgrade() -> None:
    """Drop the table with the marks in it."""
    op.drop_index(op.f("ix_contact_read_ticket_id"), table_name="contact_read")
    op.drop_table("contact_read")
