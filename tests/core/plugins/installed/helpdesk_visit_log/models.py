"""Rows of the visit log."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.toolkit import PluginModel


class Base(PluginModel, plugin="visit_log"):
    """Everything below belongs to the visit log."""


class Entry(Base):
    """What was noted about one ticket; it goes with the ticket."""

    __tablename__ = "visit_log_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    note: Mapped[str] = mapped_column(String(200))


class Car(Base):
    """The car that the engineer took."""

    __tablename__ = "visit_log_car"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    plate: Mapped[str] = mapped_column(String(20))


class Blackened(Base):
    """A person whose traces were taken away."""

    __tablename__ = "visit_log_blackened"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
