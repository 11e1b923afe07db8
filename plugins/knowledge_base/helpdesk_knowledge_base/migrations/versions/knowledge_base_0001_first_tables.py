"""Sections with their rights, articles with revisions, files, words and votes."""

import sqlalchemy as sa
from alembic import op

revision = "knowledge_base_0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
WORD = sa.String(80).with_variant(sa.String(80, collation="C"), "postgresql")


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "knowledge_base_section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("summary", sa.String(500), nullable=False),
        sa.Column("inherits", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["knowledge_base_section.id"], name="fk_knowledge_base_section_parent_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_base_section"),
    )
    op.create_index("ix_knowledge_base_section_parent_id_position", "knowledge_base_section", ["parent_id", "position"])
    op.create_table(
        "knowledge_base_section_right",
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("right", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["knowledge_base_section.id"],
            name="fk_knowledge_base_section_right_section_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name="fk_knowledge_base_section_right_role_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("section_id", "role_id", "right", name="pk_knowledge_base_section_right"),
    )
    op.create_index("ix_knowledge_base_section_right_role_id", "knowledge_base_section_right", ["role_id"])
    op.create_table(
        "knowledge_base_article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("draft_title", sa.String(200), nullable=True),
        sa.Column("draft_body", sa.Text(), nullable=True),
        sa.Column("published_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_label", sa.String(200), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("form_token", sa.String(64), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["knowledge_base_section.id"], name="fk_knowledge_base_article_section_id"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_knowledge_base_article_ticket_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_base_article"),
        sa.UniqueConstraint("form_token", name="uq_knowledge_base_article_form_token"),
    )
    op.create_index("ix_knowledge_base_article_section_id_title", "knowledge_base_article", ["section_id", "title"])
    op.create_index("ix_knowledge_base_article_ticket_id", "knowledge_base_article", ["ticket_id"])
    op.create_index("ix_knowledge_base_article_updated_at", "knowledge_base_article", ["updated_at"])
    op.create_table(
        "knowledge_base_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("editor_label", sa.String(200), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["knowledge_base_article.id"],
            name="fk_knowledge_base_revision_article_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_base_revision"),
        sa.UniqueConstraint("article_id", "number", name="uq_knowledge_base_revision_article_id_number"),
    )
    op.create_table(
        "knowledge_base_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("content_type", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stored_name", sa.String(80), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_base_article.id"], name="fk_knowledge_base_file_article_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_base_file"),
        sa.UniqueConstraint("stored_name", name="uq_knowledge_base_file_stored_name"),
    )
    op.create_index("ix_knowledge_base_file_article_id", "knowledge_base_file", ["article_id"])
    op.create_table(
        "knowledge_base_word",
        sa.Column("word", WORD, nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_base_article.id"], name="fk_knowledge_base_word_article_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", "article_id", name="pk_knowledge_base_word"),
    )
    op.create_index("ix_knowledge_base_word_article_id", "knowledge_base_word", ["article_id"])
    op.create_table(
        "knowledge_base_vote",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("voted_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_base_article.id"], name="fk_knowledge_base_vote_article_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_knowledge_base_vote_contact_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "contact_id", name="pk_knowledge_base_vote"),
    )
    op.create_index("ix_knowledge_base_vote_contact_id", "knowledge_base_vote", ["contact_id"])


def downgrade() -> None:
    """Drop everything."""
    for name in ("vote", "word", "file", "revision", "article", "section_right", "section"):
        op.drop_table(f"knowledge_base_{name}")
