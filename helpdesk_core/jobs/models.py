"""The tables of background work."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.types import JsonValue, UtcDateTime

WAITING: Final = "waiting"
RUNNING: Final = "running"
DEAD: Final = "dead"


class Job(Model):
    """One piece of work; done, its row goes.

    ``due_at`` is when somebody may take it next: the planned time while it waits, the end of the lease while it runs,
    never (``None``) once it is dead. ``attempts`` counts how often it was taken; with ``locked_by`` it is the fence
    that keeps a worker whose lease ran out from finishing what another one has taken over (F-05). ``dedup`` makes
    asking twice for the same work one row.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due_at_id", "due_at", "id"),
        Index("ix_job_state_id", "state", "id"),
        UniqueConstraint("dedup"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    queue: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    locked_by: Mapped[str | None] = mapped_column(String(80))
    dedup: Mapped[str | None] = mapped_column(String(200))
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    died_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PeriodicSlot(Model):
    """One occurrence of a periodic job: whoever inserts the row runs it, so it runs once (F-17)."""

    __tablename__ = "periodic_slot"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
