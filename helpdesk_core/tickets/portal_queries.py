"""What a contact has not read yet: public words of the desk, never what happened inside it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.db.types import utcnow
from helpdesk_core.tickets.models import Comment, ContactRead


def answered_tickets(session: Session, ticket_ids: Iterable[int], *, actor: Actor) -> frozenset[int]:
    """Those of the tickets that hold a public answer the contact has not seen; one statement.

    Internal notes never count: a mark would tell of them (OK-071).
    """
    ids = list(ticket_ids)
    if actor.kind is not ActorKind.CONTACT or not ids:
        return frozenset()
    seen = and_(ContactRead.ticket_id == Comment.ticket_id, ContactRead.contact_id == actor.id)
    found = (
        select(Comment.ticket_id)
        .distinct()
        .outerjoin(ContactRead, seen)
        .where(
            Comment.ticket_id.in_(ids),
            Comment.internal.is_(False),
            Comment.redacted_at.is_(None),
            or_(Comment.author_contact_id.is_(None), Comment.author_contact_id != actor.id),
            or_(ContactRead.seen_at.is_(None), Comment.created_at > ContactRead.seen_at),
        )
    )
    return frozenset(session.scalars(found))


def mark_seen(session: Session, ticket_id: int, *, actor: Actor) -> None:
    """Note that the contact has now seen the ticket; one statement."""
    if actor.kind is not ActorKind.CONTACT or actor.id is None:
        return
    values = {"contact_id": actor.id, "ticket_id": ticket_id, "seen_at": utcnow()}
    keys = ["contact_id", "ticket_id"]
    seen = {"seen_at": values["seen_at"]}
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(ContactRead).values(**values)
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=seen))
