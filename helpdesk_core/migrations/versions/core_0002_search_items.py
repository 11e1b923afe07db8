"""What plugins bring into the search: one row per thing, with a full-text index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and its index."""
    op.create_table(
        "search_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("title_words", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_item")),
        sa.UniqueConstraint("kind", "item_id", name=op.f("uq_search_item_kind_item_id")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE search_item ADD COLUMN vector tsvector GENERATED ALWAYS AS"
            " (array_to_tsvector(array_remove(string_to_array(words, ' '), ''))) STORED"
        )
        op.execute("CREATE INDEX ix_search_item_vector ON search_item USING gin (vector)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE search_item_fts USING fts5"
        "(words, content='search_item', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    )
    add = "INSERT INTO search_item_fts(rowid, words) VALUES (new.id, new.words);"
    forget = "INSERT INTO search_item_fts(search_item_fts, rowid, words) VALUES ('delete', old.id, old.words);"
    for name, event, body in (
        ("insert", "INSERT", add),
        ("update", "UPDATE OF id, words", f"{forget} {add}"),
        ("delete", "DELETE", forget),
    ):
        op.execute(f"CREATE TRIGGER search_item_after_{name} AFTER {event} ON search_item BEGIN {body} END")


def downgrade() -> None:
    """Drop both."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_search_item_vector")
        op.execute("ALTER TABLE search_item DROP COLUMN vector")
    else:
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER search_item_after_{name}")
        op.execute("DROP TABLE search_item_fts")
    op.drop_table("search_item")
