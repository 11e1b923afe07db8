"""Custom fields that an administrator adds to tickets, and their values: one typed row per ticket and field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model


class CustomField(Model):
    """An extra attribute of tickets (OK-046); ``kind`` is text, number, date, yes_no, choice or choices."""

    __tablename__ = "custom_field"
    __reference__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10))
    required: Mapped[bool] = mapped_column(default=False)
    for_contacts: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=100)


class CustomFieldOption(Model):
    """One value of a list."""

    __tablename__ = "custom_field_option"
    __reference__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=100)


class CustomFieldHidden(Model):
    """The employees of this role do not see the field (OK-048)."""

    __tablename__ = "custom_field_hidden"
    __reference__ = True

    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)


class TicketFieldValue(Model):
    """The value of a field on a ticket, in the column of its kind."""

    __tablename__ = "ticket_field_value"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    number: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    day: Mapped[date | None]
    yes: Mapped[bool | None]
    option_id: Mapped[int | None] = mapped_column(ForeignKey("custom_field_option.id", ondelete="CASCADE"))


class TicketFieldChoice(Model):
    """One of several chosen values."""

    __tablename__ = "ticket_field_choice"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id", ondelete="CASCADE"), primary_key=True)
    option_id: Mapped[int] = mapped_column(ForeignKey("custom_field_option.id", ondelete="CASCADE"), primary_key=True)
