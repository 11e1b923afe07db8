"""Reading mails that came in: of a card, of one mail, of the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import can, require, visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.inbound.models import HELD, InboundMail
from helpdesk_core.tickets.models import Comment, Ticket

_BY_MAIL = "mail"
MANAGE = "core:job:manage"


def mails_of(session: Session, ticket: Ticket, comments: Sequence[Comment]) -> Mapping[int | None, int]:
    """The mails that the ticket and its *comments* came by: one question, and none where nothing came by mail."""
    shown = [one.id for one in comments if one.registration_method == _BY_MAIL]
    if ticket.registration_method != _BY_MAIL and not shown:
        return {}
    these = or_(InboundMail.comment_id.is_(None), InboundMail.comment_id.in_(shown))
    query = (
        select(InboundMail.comment_id, InboundMail.id)
        .where(InboundMail.ticket_id == ticket.id, InboundMail.stored_name.is_not(None), these)
        .order_by(InboundMail.id.desc())
    )
    return {row[0]: row[1] for row in session.execute(query)}


def original(session: Session, mail_id: int, *, actor: Actor) -> InboundMail:
    """A mail whose original is there, for those who see the comment that it became (OK-131).

    Raises ``NotFound`` for everybody else, customers first of all: headers tell what texts do not.
    """
    query: Any = (
        select(InboundMail, Comment, Ticket)
        .join(Ticket, Ticket.id == InboundMail.ticket_id)
        .outerjoin(Comment, Comment.id == InboundMail.comment_id)
        .where(InboundMail.id == mail_id, InboundMail.stored_name.is_not(None))
    )
    row = session.execute(visible(query, actor)).first() if actor.kind is ActorKind.EMPLOYEE else None
    if row is None or (row[1] is not None and row[1].internal and not can(actor, "core:ticket:read_internal", row[2])):
        raise NotFound("mail")
    mail: InboundMail = row[0]
    return mail


def list_mails(session: Session, *, actor: Actor, state: str | None = None, limit: int = 50) -> Sequence[InboundMail]:
    """The latest mails, of one *state* where it is given, the newest first."""
    require(actor, MANAGE)
    query = select(InboundMail).order_by(InboundMail.id.desc()).limit(limit)
    return session.scalars(query if state is None else query.where(InboundMail.state == state)).all()


def count_held(session: Session) -> int:
    """How many mails something stood in the way of."""
    return session.scalar(select(func.count()).select_from(InboundMail).where(InboundMail.state == HELD)) or 0
