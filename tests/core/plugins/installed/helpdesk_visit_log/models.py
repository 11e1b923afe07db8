"""Rows of the visit log."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.toolkit import PluginModel


class Base(PluginModel, plugin="visit_log"):
    """Everything below belongs to the visit log."""


class Entry(Base):
    """What was noted about one ticket."""

    __tablename__ = "visit_log_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[int]
    note: Mapped[str] = mapped_column(String(200))
