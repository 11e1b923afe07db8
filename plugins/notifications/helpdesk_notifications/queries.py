"""What the pages show of notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, Contact, Ticket, reading, visible
from helpdesk_notifications.models import Extra, Notice


def failures_beside_ticket(ticket: Any) -> Mapping[str, Any] | None:
    """Notices of the ticket that will never arrive, the latest first; nothing where all did (F-10)."""
    with reading() as session:
        found = session.execute(
            select(Notice.name, Notice.address, Notice.error, Notice.created_at)
            .where(Notice.ticket_id == ticket["id"], Notice.error != "")
            .order_by(Notice.id.desc())
            .limit(5)
        ).all()
    return {"failures": found} if found else None


def latest_tickets(session: Session, actor: Actor, limit: int = 20) -> list[tuple[int, str]]:
    """Tickets to try a template on: those that *actor* sees, the latest first."""
    query = visible(select(Ticket.id, Ticket.subject), actor).order_by(Ticket.id.desc()).limit(limit)
    return [(number, subject) for number, subject in session.execute(query)]


def forget_contact(session: Session, contact_id: int) -> None:
    """What was told to the contact, and of what he asked for, is forgotten with him."""
    contact = session.get(Contact, contact_id)
    his = select(Ticket.id).where(or_(Ticket.contact_id == contact_id, Ticket.author_contact_id == contact_id))
    mine = or_(Notice.recipient == f"contact:{contact_id}", Notice.ticket_id.in_(his))
    if contact is not None and contact.email:
        mine = or_(mine, Notice.address == contact.email)
    session.execute(delete(Extra).where(Extra.contact_id == contact_id))
    session.execute(delete(Notice).where(mine).execution_options(synchronize_session=False))
