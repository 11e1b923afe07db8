"""What happened to tickets since an event that the reader knows, as far as the reader may know of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.specs import JournalEvent
from helpdesk_core.events.deliveries import journal_event
from helpdesk_core.events.models import EventRow
from helpdesk_core.tickets.models import Ticket


def last_event_id(session: Session) -> int:
    """The number of the newest event there is; 0 before the first."""
    return session.scalar(select(func.max(EventRow.id))) or 0


def ticket_events(
    session: Session,
    actor: Actor,
    *,
    after: int,
    names: Collection[str],
    ticket_id: int | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[JournalEvent]:
    """The events called *names* of tickets that *actor* sees, later than event *after*, the oldest first.

    A customer gets only what the journal recorded for customers (T-44). Transactions may commit in another order than
    they took their numbers, so with *since* events recorded later than that moment are given again: forget doubles by
    their id.
    """
    later = EventRow.id > after
    if since is not None:
        later = or_(later, and_(EventRow.id > after - _OVERTAKEN, EventRow.recorded_at > since))
    statement = (
        visible(select(EventRow).join(Ticket, Ticket.id == EventRow.ticket_id), actor)
        .where(later, EventRow.name.in_(names))
        .order_by(EventRow.id)
        .limit(limit)
    )
    if ticket_id is not None:
        statement = statement.where(EventRow.ticket_id == ticket_id)
    if actor.kind is ActorKind.CONTACT:
        statement = statement.where(EventRow.audience == "customer")
    return [journal_event(row) for row in session.scalars(statement)]


#: By how many events a transaction may have been overtaken.
_OVERTAKEN = 500
