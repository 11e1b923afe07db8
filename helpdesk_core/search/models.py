"""The searchable texts; the full-text objects over them are made by the migration."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model


class SearchDocument(Model):
    """The normalised words of one text of a ticket: its own, or a comment's, with its audience."""

    __tablename__ = "search_document"
    __table_args__ = (
        Index(
            "uq_search_document_ticket_own",
            "ticket_id",
            unique=True,
            sqlite_where=text("comment_id IS NULL"),
            postgresql_where=text("comment_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), unique=True)
    audience: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text)


class SearchItem(Model):
    """A thing of a plugin that can be found, such as an article: its title, its text and the normalised words of both.

    ``kind`` is the plugin's searchable, ``item_id`` the id of its own row; who sees it is asked at every search.
    """

    __tablename__ = "search_item"
    __table_args__ = (UniqueConstraint("kind", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    item_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(250))
    text: Mapped[str] = mapped_column(Text)
    title_words: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
