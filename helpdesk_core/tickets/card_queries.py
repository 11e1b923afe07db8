"""What the card reads: few statements, each for all of one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, null, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import can_many, visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.inbound.queries import mails_of
from helpdesk_core.tickets.models import (
    Attachment,
    CannedAnswer,
    CannedGroup,
    Comment,
    Tag,
    Ticket,
    TicketLink,
    TicketObserver,
    TicketRead,
    TicketTag,
)

RIGHTS = (
    "core:ticket:read_internal",
    "core:ticket:comment",
    "core:ticket:note",
    "core:ticket:change",
    "core:ticket:assign",
    "core:ticket:transition",
    "core:ticket:delete",
)
MAX_COMMENTS = 200
MAX_EVENTS = 500


@dataclass(slots=True, kw_only=True)
class CardData:
    """A ticket with everything around it that its reader may see."""

    ticket: Ticket
    company: Company | None
    contact: Contact | None
    seen_at: datetime | None
    rights: frozenset[str]
    comments: Sequence[Comment] = ()
    attachments: Sequence[Attachment] = ()
    events: Sequence[EventRow] = ()
    tags: list[str] = field(default_factory=list)
    observers: list[tuple[str, int]] = field(default_factory=list)
    links: Sequence[Any] = ()
    similar: Sequence[Any] = ()
    more_comments: bool = False
    #: The mails that comments came by, by the comment's id; none is the ticket's own.
    mails: Mapping[int | None, int] = field(default_factory=dict)
    #: Tickets that the events name and the reader does not see, as ``#7``.
    unseen: frozenset[str] = frozenset()

    @property
    def internal(self) -> bool:
        """Whether the reader may see internal comments, files and events."""
        return "core:ticket:read_internal" in self.rights


def load_card(session: Session, ticket_id: int, *, actor: Actor, everything: bool = False) -> CardData:
    """The card's data for *actor*; raises ``NotFound`` where he may not see the ticket."""
    reader = actor.id if actor.kind is ActorKind.EMPLOYEE else None
    query: Any = (
        select(Ticket, Company, Contact, TicketRead.seen_at)
        .outerjoin(Company, Company.id == Ticket.company_id)
        .outerjoin(Contact, Contact.id == Ticket.contact_id)
        .outerjoin(TicketRead, and_(TicketRead.ticket_id == Ticket.id, TicketRead.employee_id == reader))
        .where(Ticket.id == ticket_id)
    )
    row = session.execute(visible(query, actor)).first()
    if row is None:
        raise NotFound("ticket")
    rights = can_many(actor, RIGHTS, [ticket_id]).get(ticket_id, frozenset())
    card = CardData(ticket=row[0], company=row[1], contact=row[2], seen_at=row[3], rights=rights)
    if actor.kind is ActorKind.CONTACT:
        card.rights = rights - {"core:ticket:read_internal", "core:ticket:note"}
    _load_conversation(session, card, actor, everything=everything)
    if actor.kind is not ActorKind.CONTACT:
        card.mails = mails_of(session, card.ticket, card.comments)
        _load_tags_and_observers(session, card)
        card.links = _links(session, ticket_id, actor)
        card.similar = _similar(session, card, actor)
    return card


def _load_conversation(session: Session, card: CardData, actor: Actor, *, everything: bool) -> None:
    ticket_id = card.ticket.id
    limit = 10_000 if everything else MAX_COMMENTS
    comments = select(Comment).where(Comment.ticket_id == ticket_id)
    files = select(Attachment).where(Attachment.ticket_id == ticket_id)
    events = select(EventRow).where(EventRow.ticket_id == ticket_id)
    if not card.internal:
        comments = comments.where(Comment.internal.is_(False))
        files = files.where(Attachment.internal.is_(False))
        events = events.where(EventRow.audience == "customer")
    newest = session.scalars(comments.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(limit + 1)).all()
    card.more_comments = len(newest) > limit
    card.comments = list(reversed(newest[:limit]))
    card.attachments = session.scalars(files.order_by(Attachment.id)).all()
    last = session.scalars(events.order_by(EventRow.id.desc()).limit(MAX_EVENTS)).all()
    card.events = list(reversed(last))
    card.unseen = _unseen(session, card.events, actor)


def _unseen(session: Session, events: Sequence[EventRow], actor: Actor) -> frozenset[str]:
    named = {event.after["ticket"] for event in events if event.name == "ticket.linked"}
    if not named:
        return frozenset()
    seen: Any = visible(select(Ticket.id).where(Ticket.id.in_(named)), actor)
    return frozenset(f"#{number}" for number in named - set(session.scalars(seen)))


def _load_tags_and_observers(session: Session, card: CardData) -> None:
    ticket_id = card.ticket.id
    tags = (
        select(literal("tag"), Tag.name, literal(0))
        .join(TicketTag, TicketTag.tag_id == Tag.id)
        .where(TicketTag.ticket_id == ticket_id)
    )
    employees = select(literal("employee"), null(), TicketObserver.employee_id).where(
        TicketObserver.ticket_id == ticket_id, TicketObserver.employee_id.is_not(None)
    )
    groups = select(literal("group"), null(), TicketObserver.group_id).where(
        TicketObserver.ticket_id == ticket_id, TicketObserver.group_id.is_not(None)
    )
    found: Any = session.execute(union_all(tags, employees, groups))
    for kind, name, row_id in found:
        if kind == "tag":
            card.tags.append(name)
        else:
            card.observers.append((kind, row_id))
    card.tags.sort()
    card.observers.sort()


def _links(session: Session, ticket_id: int, actor: Actor) -> Sequence[Any]:
    outgoing = and_(TicketLink.source_id == ticket_id, Ticket.id == TicketLink.target_id)
    incoming = and_(TicketLink.target_id == ticket_id, Ticket.id == TicketLink.source_id)
    query: Any = (
        select(
            TicketLink.id.label("link_id"),
            TicketLink.kind,
            TicketLink.source_id,
            Ticket.id,
            Ticket.subject,
            Ticket.status_key,
            Ticket.updated_at,
        )
        .join(Ticket, or_(outgoing, incoming))
        .order_by(TicketLink.id)
        .limit(100)
    )
    return session.execute(visible(query, actor)).all()


def _similar(session: Session, card: CardData, actor: Actor) -> Sequence[Any]:
    """Other tickets from the same e-mail address or phone number (PY-30)."""
    contact = card.contact
    if contact is None:
        return ()
    same = [Contact.id == contact.id]
    if contact.email:
        same.append(Contact.email == contact.email)
    if contact.phone:
        same.append(Contact.phone == contact.phone)
    query: Any = (
        select(Ticket.id, Ticket.subject, Ticket.status_key, Ticket.updated_at)
        .join(Contact, Contact.id == Ticket.contact_id)
        .where(Ticket.id != card.ticket.id, or_(*same))
        .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
        .limit(5)
    )
    return session.execute(visible(query, actor)).all()


def canned_groups(session: Session) -> list[dict[str, Any]]:
    """All canned answers by group, for the dialog (PY-23, PY-24)."""
    rows = session.execute(
        select(CannedGroup.id, CannedGroup.name, CannedAnswer.id, CannedAnswer.title, CannedAnswer.body)
        .join(CannedAnswer, CannedAnswer.group_id == CannedGroup.id)
        .order_by(CannedGroup.position, CannedGroup.id, CannedAnswer.position, CannedAnswer.id)
    )
    groups: dict[int, dict[str, Any]] = {}
    for group_id, name, answer_id, title, body in rows:
        group = groups.setdefault(group_id, {"id": group_id, "name": name, "answers": []})
        group["answers"].append({"id": answer_id, "title": title, "text": body})
    return list(groups.values())


def mark_read(session: Session, ticket_id: int, *, actor: Actor) -> None:
    """Note that the employee has now seen the ticket; one statement."""
    if actor.kind is not ActorKind.EMPLOYEE or actor.id is None:
        return
    values = {"employee_id": actor.id, "ticket_id": ticket_id, "seen_at": utcnow()}
    keys = ["employee_id", "ticket_id"]
    seen = {"seen_at": values["seen_at"]}
    if session.get_bind().dialect.name == "sqlite":
        session.execute(
            sqlite.insert(TicketRead).values(**values).on_conflict_do_update(index_elements=keys, set_=seen)
        )
    else:
        insert = postgresql.insert(TicketRead).values(**values)
        session.execute(insert.on_conflict_do_update(index_elements=keys, set_=seen))
