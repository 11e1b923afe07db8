"""Links between tickets."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import READ_TICKET, require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, NotFound
from helpdesk_core.contract.messages import message
from helpdesk_core.events.journal import record
from helpdesk_core.tickets.models import Ticket, TicketLink


def link_tickets(session: Session, source: Ticket, target: Ticket, kind: str, *, actor: Actor) -> None:
    """Join two tickets that *actor* sees; linking them again changes nothing (T-07)."""
    require(actor, "core:ticket:change", source)
    require(actor, READ_TICKET, target)
    if source.id == target.id:
        raise Invalid({"target": [message("A ticket cannot be linked to itself.")]})
    if kind not in ("related", "parent", "duplicate", "follow_up"):
        raise Invalid({"kind": [message("There is no such kind of link.")]})
    known = select(TicketLink.id).where(
        TicketLink.source_id == source.id, TicketLink.target_id == target.id, TicketLink.kind == kind
    )
    if session.scalar(known) is None:
        session.add(TicketLink(source_id=source.id, target_id=target.id, kind=kind))
        record_link(session, source, target.id, kind, actor=actor)


def unlink_tickets(session: Session, ticket: Ticket, link_id: int, *, actor: Actor) -> None:
    """Take a link of *ticket* away; raises ``NotFound`` where there is none, or it leads to an unseen ticket (T-07)."""
    require(actor, "core:ticket:change", ticket)
    row = session.get(TicketLink, link_id)
    if row is None or ticket.id not in (row.source_id, row.target_id):
        raise NotFound("link")
    other = row.target_id if row.source_id == ticket.id else row.source_id
    require(actor, READ_TICKET, session.get(Ticket, other))
    session.delete(row)
    record(
        session,
        "ticket.unlinked",
        actor=actor,
        ticket_id=ticket.id,
        subject_kind="ticket",
        subject_id=ticket.id,
        before={"ticket": other},
    )


def record_link(session: Session, source: Ticket, target_id: int, kind: str, *, actor: Actor) -> None:
    """Note a link in the history of both tickets."""
    for ticket_id, other in ((source.id, target_id), (target_id, source.id)):
        record(
            session,
            "ticket.linked",
            actor=actor,
            ticket_id=ticket_id,
            subject_kind="ticket",
            subject_id=ticket_id,
            after={"ticket": other, "kind": kind},
        )


def link_follow_up(session: Session, ticket: Ticket, successor: Ticket, *, actor: Actor) -> None:
    """Note that *successor* goes on where *ticket* ended."""
    session.add(TicketLink(source_id=successor.id, target_id=ticket.id, kind="follow_up"))
    record_link(session, successor, ticket.id, "follow_up", actor=actor)
