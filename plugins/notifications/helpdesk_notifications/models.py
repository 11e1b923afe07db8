"""What was to be told to whom, and what the site chose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.toolkit import JsonValue, PluginModel, UtcDateTime


class Base(PluginModel, plugin="notifications"):
    """What the tables of this plugin have in common."""


class Notice(Base):
    """One event told to one recipient over one channel; written with the job that sends it.

    ``recipient`` names who: ``employee:7``, ``contact:3``, ``company:2``, ``address:boss@example.com``. ``audience`` is
    why they are told. ``gathered`` notices wait for a digest. ``error`` is why it will never arrive.
    """

    __tablename__ = "notifications_notice"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient", "channel"),
        Index("ix_notifications_notice_recipient_created_at", "recipient", "created_at"),
        Index("ix_notifications_notice_ticket_id_id", "ticket_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(270))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(10))
    facts: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    gathered: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(500), default="")


class Extra(Base):
    """One more address that gets what a contact is told, such as the boss's (OK-151); no access comes with it."""

    __tablename__ = "notifications_extra"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254), primary_key=True)


class Rule(Base):
    """Whether a kind of notice goes to an audience, where the site decided otherwise than the default (OK-182).

    ``statuses`` are those that trigger a notice of a status change (OK-184); empty are all.
    """

    __tablename__ = "notifications_rule"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    audience: Mapped[str] = mapped_column(String(20), primary_key=True)
    enabled: Mapped[bool]
    statuses: Mapped[list[str]] = mapped_column(JsonValue)


class Wording(Base):
    """Subject and text of a kind of notice for an audience in a language, where the site has its own (UR-27)."""

    __tablename__ = "notifications_wording"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    audience: Mapped[str] = mapped_column(String(20), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject: Mapped[str] = mapped_column(String(250))
    body: Mapped[str] = mapped_column(Text)


class Option(Base):
    """One choice of the site by its name, where it differs from the default."""

    __tablename__ = "notifications_option"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonValue)
