"""What a customer's words do to the status of his ticket (decision 2, PY-13..15, UR-24).

A finished ticket is opened again, keeps the words, or a new ticket takes them; one that waits for the customer goes
back to work. Plugins may answer both questions instead; an answer that cannot be followed is as good as none.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.contract.specs import FinishedReply, StatusCategory
from helpdesk_core.db.types import utcnow
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.settings.registry import late_reply_days, reply_policy
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.tickets.commands import AddComment, CreateTicket, TransitionTicket
from helpdesk_core.tickets.links import link_follow_up
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import create_ticket, move
from helpdesk_core.tickets.steps import back_to_work, steps_of

_log = structlog.get_logger(__name__)
_POLICIES: Final = {
    "reopen": FinishedReply.REOPEN,
    "append": FinishedReply.KEEP,
    "new_linked_ticket": FinishedReply.NEW_TICKET,
}


def take_reply(session: Session, ticket: Ticket, command: AddComment, body: str, *, actor: Actor) -> Ticket:
    """The ticket that a customer's public reply belongs to, moved to where his words take it.

    Called before the reply is written, so that it is the last thing that happened.
    """
    if not status_catalog().by_key[ticket.status_key].finished:
        target = _answered(ticket, actor)
        if target is not None:
            _go(session, ticket, target, "customer_replied")
        return ticket
    decision, target = decide_reply(ticket, actor)
    if decision is FinishedReply.NEW_TICKET:
        return _successor(session, ticket, command, body, actor)
    if target is not None:
        _go(session, ticket, target, "reopened")
    return ticket


def decide_reply(ticket: Ticket, actor: Actor) -> tuple[FinishedReply, StatusInfo | None]:
    """What a reply to a finished *ticket* does now, and the status that it opens the ticket to.

    What cannot be done gives way to the next best: no step back to work means a new ticket, no right to a new ticket
    means that the words are kept where they are.
    """
    decision = hooks().helpdesk_reply_to_finished_ticket(ticket=ticket, actor=actor) or _policy(ticket)
    target = back_to_work(ticket) if decision is FinishedReply.REOPEN else None
    if decision is FinishedReply.REOPEN and target is None:
        decision = FinishedReply.NEW_TICKET
    if decision is FinishedReply.NEW_TICKET and not holds(actor, "core:ticket:create"):
        decision = FinishedReply.KEEP
    return decision, target


def _policy(ticket: Ticket) -> FinishedReply:
    """The desk's own rule; its clock starts when the ticket was solved, or closed if it never was."""
    finished_at = ticket.solved_at or ticket.closed_at or ticket.updated_at
    late = utcnow() - finished_at >= timedelta(days=late_reply_days())
    return _POLICIES[reply_policy(late=late)]


def _successor(session: Session, ticket: Ticket, command: AddComment, body: str, actor: Actor) -> Ticket:
    successor = create_ticket(
        session,
        CreateTicket(subject=ticket.subject, description=body, registration_method=command.registration_method),
        actor=actor,
    )
    link_follow_up(session, ticket, successor, actor=SYSTEM)
    return successor


def _answered(ticket: Ticket, actor: Actor) -> StatusInfo | None:
    """Where an unfinished *ticket* goes now that the customer spoke; ``None`` where it stays."""
    waiting = status_catalog().by_key[ticket.status_key].category is StatusCategory.WAITING
    answer = hooks().helpdesk_customer_replied(ticket=ticket, actor=actor)
    if answer is not None:
        if answer.status in (None, ticket.status_key):
            return None
        wanted = next((step for step in steps_of(ticket) if step.key == answer.status), None)
        if wanted is not None and not wanted.requires_until:
            return wanted
        _log.warning("a plugin's answer cannot be followed", ticket=ticket.id, status=answer.status)
    return back_to_work(ticket) if waiting else None


def _go(session: Session, ticket: Ticket, target: StatusInfo, cause: str) -> None:
    move(session, ticket, target, actor=SYSTEM, command=TransitionTicket(to=target.key, cause=cause))
