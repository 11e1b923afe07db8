"""What the importer remembers, so that the same file can be read twice and a broken run can go on.

Three tables: where rows come from, which foreign ticket became which of ours, and which of its changes were applied.
They are written in the transaction of the change they remember: after any crash they say exactly what is done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.types import JsonValue, UtcDateTime


class ImportSource(Model):
    """A foreign system whose ids we know; ``finished_at`` is when a run last reached the end of its file."""

    __tablename__ = "import_source"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportRecord(Model):
    """One foreign ticket: which of ours it became (none once ours was deleted) and what its last row said.

    ``last_values`` is compared with the next row, so that an import changes only what changed over there and never
    undoes what people here did in between.
    """

    __tablename__ = "import_record"
    __table_args__ = (UniqueConstraint("source_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(200))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"), index=True)
    last_values: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportChange(Model):
    """One change of a foreign ticket's history that was applied; ``change_key`` names it over there."""

    __tablename__ = "import_change"
    __table_args__ = (UniqueConstraint("record_id", "change_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("import_record.id", ondelete="CASCADE"))
    change_key: Mapped[str] = mapped_column(String(200))
    line: Mapped[int]
