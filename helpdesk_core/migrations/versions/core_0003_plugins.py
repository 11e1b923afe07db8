"""The set of plugins, suspended contributions, and what plugins cost."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables; the set begins as one that the configuration rules."""
    op.create_table(
        "plugin",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("requires", JSON_VALUE, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_plugin")),
    )
    op.create_table(
        "plugin_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("initialised", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_set")),
    )
    op.create_table(
        "plugin_permission",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_plugin_permission")),
    )
    op.create_table(
        "plugin_reload",
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("server", "generation", name=op.f("pk_plugin_reload")),
    )
    op.create_table(
        "plugin_suspension",
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("hook", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "hook", name=op.f("pk_plugin_suspension")),
    )
    op.create_table(
        "plugin_cost",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("hook", sa.String(length=120), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("slowest", sa.Double(), nullable=False),
        sa.Column("last_error", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("day", "plugin", "hook", name=op.f("pk_plugin_cost")),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("plugin_cost", "plugin_suspension", "plugin_reload", "plugin_permission", "plugin_set", "plugin"):
        op.drop_table(table)
