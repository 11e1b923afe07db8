"""Statuses and transitions."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model


class Status(Model):
    """A status: ``key`` never changes, ``category`` and the flags decide, ``label`` is only the default text."""

    __tablename__ = "status"
    __reference__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(10))
    is_system: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    final: Mapped[bool] = mapped_column(default=False)
    pauses_sla: Mapped[bool] = mapped_column(default=False)
    counts_to_load: Mapped[bool] = mapped_column(default=True)
    requires_until: Mapped[bool] = mapped_column(default=False)
    finish_target: Mapped[str | None] = mapped_column(String(80))
    background: Mapped[str] = mapped_column(String(7), default="#e9ecef")
    foreground: Mapped[str] = mapped_column(String(7), default="#212529")
    position: Mapped[int] = mapped_column(default=100)


class StatusTransition(Model):
    """An allowed step, by key; ``permission`` narrows who may take it."""

    __tablename__ = "status_transition"
    __reference__ = True

    source: Mapped[str] = mapped_column(ForeignKey("status.key", ondelete="CASCADE"), primary_key=True)
    target: Mapped[str] = mapped_column(ForeignKey("status.key", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str | None] = mapped_column(String(120))


class DeniedStep(Model):
    """A step of the matrix that the people of one role may not take; whoever has another role may (OK-212, OK-216)."""

    __tablename__ = "status_step_denied"
    __reference__ = True

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey("status.key", ondelete="CASCADE"), primary_key=True)
    target: Mapped[str] = mapped_column(ForeignKey("status.key", ondelete="CASCADE"), primary_key=True)
