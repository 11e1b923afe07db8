"""The mails that came in."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.types import UtcDateTime

#: Stored, and nothing made of it yet.
KEPT: Final = "kept"
#: Made a ticket or a comment.
SETTLED: Final = "settled"
#: Nothing is to be made of it: a loop, a robot's answer to nothing.
IGNORED: Final = "ignored"
#: Something stood in the way; ``why`` says what, and it can be replayed.
HELD: Final = "held"
STATES: Final = (KEPT, SETTLED, IGNORED, HELD)


class InboundMail(Model):
    """One mail as it came in, and what became of it.

    ``raw_sha256`` is of its bytes, ``identity`` of what stays the same when it is delivered once more by another way:
    a mail of either is known already (T-66). ``stored_name`` is the file of the original, none once its text had to
    go. ``comment_id`` is none for the mail that opened ``ticket_id``. ``automatic`` mails were written by no person.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        Index("ix_inbound_mail_state_id", "state", "id"),
        Index("ix_inbound_mail_sender_received_at", "sender", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    size: Mapped[int]
    raw_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    identity: Mapped[str | None] = mapped_column(String(64), index=True)
    stored_name: Mapped[str | None] = mapped_column(String(80), unique=True)
    sender: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(250), default="")
    automatic: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default=KEPT)
    why: Mapped[str] = mapped_column(String(500), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="SET NULL"), index=True)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
