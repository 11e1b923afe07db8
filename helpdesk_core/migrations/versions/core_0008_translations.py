"""The words that a site puts in the place of the catalogs'."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None

JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "translation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=60), nullable=False),
        sa.Column("context", sa.String(length=120), nullable=False),
        sa.Column("msgid", sa.Text(), nullable=False),
        sa.Column("plural", sa.Text(), nullable=True),
        sa.Column("forms", JSON_VALUE, nullable=False),
        sa.Column("previous", JSON_VALUE, nullable=True),
        sa.Column("source", JSON_VALUE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.String(length=200), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation")),
        sa.UniqueConstraint("language", "digest", name=op.f("uq_translation_language_digest")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("translation")
