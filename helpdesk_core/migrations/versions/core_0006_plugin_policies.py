"""Which rules of access each plugin brings, so that they are not missed silently where it cannot be loaded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what runs now is remembered right after the upgrade."""
    value = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("plugin", sa.Column("policies", value, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("plugin") as table:
        table.drop_column("policies")
