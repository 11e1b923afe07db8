"""The questions: one statement each, however many rows there are, and only what the reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, Ticket, plugin_settings, reading, utcnow, visible
from helpdesk_warranty.models import Warranty
from helpdesk_warranty.settings import WarrantySettings

_MOST: Final = 200


def ending(session: Session, *, actor: Actor) -> Sequence[tuple[int, str, date]]:
    """Number, subject and last day of the warranties that end soon, on tickets that *actor* sees."""
    today = utcnow().date()
    until = today + timedelta(days=plugin_settings(WarrantySettings).soon_days)
    query = (
        select(Ticket.id, Ticket.subject, Warranty.ends_on)
        .join(Warranty, Warranty.ticket_id == Ticket.id)
        .where(Warranty.ends_on.between(today, until))
        .order_by(Warranty.ends_on, Ticket.id)
        .limit(_MOST)
    )
    return [(number, subject, day) for number, subject, day in session.execute(visible(query, actor))]


def not_reminded(session: Session, *, limit: int) -> Sequence[tuple[Ticket, Warranty]]:
    """Tickets whose warranty ends soon and which have no note of that day yet, locked until the transaction ends."""
    today = utcnow().date()
    until = today + timedelta(days=plugin_settings(WarrantySettings).soon_days)
    query = (
        select(Ticket, Warranty)
        .join(Warranty, Warranty.ticket_id == Ticket.id)
        .where(Warranty.ends_on.between(today, until), Warranty.reminded_for.is_distinct_from(Warranty.ends_on))
        .order_by(Ticket.id)
        .limit(limit)
        .with_for_update(of=Ticket)
    )
    return [(ticket, warranty) for ticket, warranty in session.execute(query)]


def sidebar(ticket: Mapping[str, Any]) -> Mapping[str, object] | None:
    """What the ticket's page shows of this plugin; nothing where no warranty is known."""
    with reading() as session:
        row = session.get(Warranty, ticket["id"])
    if row is None:
        return None
    today = utcnow().date()
    soon = today + timedelta(days=plugin_settings(WarrantySettings).soon_days)
    state = "over" if row.ends_on < today else "soon" if row.ends_on <= soon else "covered"
    return {"ends_on": row.ends_on, "state": state}
