"""Letting go of originals: what was removed from a ticket must not stay in the mail that it came by."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk_core.inbound.models import InboundMail


def forget_originals(session: Session, *, ticket_id: int | None = None, comment_id: int | None = None,
                     sender: str | None = None) -> list[str]:  # fmt: skip
    """Let go of the originals of a ticket, of a comment, or of everything that *sender* wrote.

    Returns the stored names, to be removed after commit; what is forgotten here is a stray that is removed anyway.
    """
    chosen = {InboundMail.ticket_id: ticket_id, InboundMail.comment_id: comment_id, InboundMail.sender: sender}
    which = [column == value for column, value in chosen.items() if value is not None]
    names = list(session.scalars(select(InboundMail.stored_name).where(*which, InboundMail.stored_name.is_not(None))))
    session.execute(update(InboundMail).where(*which).values(stored_name=None, sender="", subject="", why=""))
    return [name for name in names if name]
