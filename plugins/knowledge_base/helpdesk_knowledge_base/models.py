"""Sections, their rights, articles and what belongs to each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.toolkit import PluginModel, UtcDateTime


class Right(StrEnum):
    """What a role may do in a section; the three others count only where ``VIEW`` is held too (OK-156..159)."""

    VIEW = "view"
    CREATE = "create"
    EDIT = "edit"
    EDIT_ARTICLES = "edit_articles"


class Base(PluginModel, plugin="knowledge_base"):
    """What the tables of this plugin have in common."""


class Section(Base):
    """A part of the knowledge base; ``parent_id`` none makes it a root (OK-154).

    With ``inherits`` the rights of the parent count, whatever they are at the time; without it the section's own rows
    do (OK-155). A root cannot inherit. ``version`` grows with every change of name, place or rights.
    """

    __tablename__ = "knowledge_base_section"
    __table_args__ = (Index("ix_knowledge_base_section_parent_id_position", "parent_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("knowledge_base_section.id"))
    name: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(500), default="")
    inherits: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=100)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SectionRight(Base):
    """A right that a role holds in a section with rights of its own; no row is no right."""

    __tablename__ = "knowledge_base_section_right"
    __table_args__ = (Index("ix_knowledge_base_section_right_role_id", "role_id"),)

    section_id: Mapped[int] = mapped_column(
        ForeignKey("knowledge_base_section.id", ondelete="CASCADE"), primary_key=True
    )
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    right: Mapped[str] = mapped_column(String(20), primary_key=True)


class Article(Base):
    """An answer worth keeping, in Markdown.

    ``title`` and ``body`` are what readers see, once ``published_at`` is set; before that they are a draft. What an
    editor changes in a published article without publishing it stands in ``draft_title`` and ``draft_body``.
    ``ticket_id`` is the ticket it was made of; ``version`` is the number of its newest revision.
    """

    __tablename__ = "knowledge_base_article"
    __table_args__ = (Index("ix_knowledge_base_article_section_id_title", "section_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("knowledge_base_section.id"))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    draft_title: Mapped[str | None] = mapped_column(String(200))
    draft_body: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None]
    author_label: Mapped[str] = mapped_column(String(200), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"), index=True)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    @property
    def newest_title(self) -> str:
        """The title as its editors see it."""
        return self.title if self.draft_title is None else self.draft_title

    @property
    def newest_body(self) -> str:
        """The text as its editors see it."""
        return self.body if self.draft_body is None else self.draft_body

    @property
    def has_draft(self) -> bool:
        """Whether it was published and then changed without publishing."""
        return self.draft_title is not None


class Revision(Base):
    """An article as it was saved once, and where; ``published`` tells that readers got to see it."""

    __tablename__ = "knowledge_base_revision"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_base_article.id", ondelete="CASCADE"))
    number: Mapped[int]
    section_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    published: Mapped[bool]
    editor_label: Mapped[str] = mapped_column(String(200))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ArticleFile(Base):
    """A file of an article; readers get it once the article was published with it (``published``)."""

    __tablename__ = "knowledge_base_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_base_article.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_name: Mapped[str] = mapped_column(String(80), unique=True)
    published: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ArticleWord(Base):
    """A word of an article as it is searched; ``weight`` says how much it tells about the article.

    The collation makes PostgreSQL compare signs, as SQLite does: words are found by how they begin.
    """

    __tablename__ = "knowledge_base_word"
    __table_args__ = (Index("ix_knowledge_base_word_article_id", "article_id"),)

    word: Mapped[str] = mapped_column(
        String(80).with_variant(String(80, collation="C"), "postgresql"), primary_key=True
    )
    article_id: Mapped[int] = mapped_column(
        ForeignKey("knowledge_base_article.id", ondelete="CASCADE"), primary_key=True
    )
    weight: Mapped[int]


class Vote(Base):
    """Whether an article helped a contact; he may change his mind."""

    __tablename__ = "knowledge_base_vote"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("knowledge_base_article.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, index=True)
    helpful: Mapped[bool]
    voted_at: Mapped[datetime] = mapped_column(UtcDateTime)
