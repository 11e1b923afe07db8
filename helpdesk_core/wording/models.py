"""The words that a site put in the place of the catalogs'."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.types import JsonValue, UtcDateTime


class Translation(Model):
    """One word in one language. ``digest`` stands for domain, context and ``msgid``, which may be long.

    ``forms`` is empty where the original was restored: the row then still holds ``previous``, which undo brings back.
    ``source`` is what the word said in English when it was edited: what says something else by now is stale.
    """

    __tablename__ = "translation"
    __table_args__ = (UniqueConstraint("language", "digest"),)
    __reference__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(String(40))
    domain: Mapped[str] = mapped_column(String(60))
    context: Mapped[str] = mapped_column(String(120))
    msgid: Mapped[str] = mapped_column(Text)
    plural: Mapped[str | None] = mapped_column(Text)
    forms: Mapped[list[str]] = mapped_column(JsonValue)
    previous: Mapped[list[str] | None] = mapped_column(JsonValue)
    source: Mapped[list[str]] = mapped_column(JsonValue)
    version: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[str] = mapped_column(String(200))
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)
