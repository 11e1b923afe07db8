"""The visit log's table."""

import sqlalchemy as sa
from alembic import op

revision = "visit_log_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "visit_log_entry",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("ticket_number", sa.Integer, nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visit_log_entry"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("visit_log_entry")
