"""The plugin's tables: data and constraints only."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.toolkit import PluginModel


class Base(PluginModel, plugin="warranty"):
    """What the tables of this plugin have in common."""


class Warranty(Base):
    """Until when the thing a ticket is about is under warranty; it goes with its ticket.

    ``reminded_for`` is the last day that a note on the ticket has told of.
    """

    __tablename__ = "warranty_warranty"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    ends_on: Mapped[date] = mapped_column(index=True)
    reminded_for: Mapped[date | None]
