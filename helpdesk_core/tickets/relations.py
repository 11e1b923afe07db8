"""What hangs on a ticket in rows of its own: tags, observers, files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.files import StoredFile
from helpdesk_core.db.turns import add_missing
from helpdesk_core.events.journal import record
from helpdesk_core.tickets.models import Attachment, Tag, TicketObserver, TicketTag

#: ("employee" or "group", id)
ObserverKey = tuple[str, int]


def tags_of(session: Session, ticket_id: int) -> list[str]:
    """The ticket's tags in order."""
    query = select(Tag.name).join(TicketTag, TicketTag.tag_id == Tag.id).where(TicketTag.ticket_id == ticket_id)
    return list(session.scalars(query.order_by(Tag.name)))


def add_tags(session: Session, ticket_id: int, names: Iterable[str]) -> None:
    """Give the ticket tags that it does not have; new words become tags. The caller flushes."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return
    query = select(Tag.name, Tag.id).where(Tag.name.in_(wanted))
    known = {row.name: row.id for row in session.execute(query)}
    new = [{"name": name} for name in wanted if name not in known]
    if new:
        add_missing(session, Tag, new, unique="name")
        known = {row.name: row.id for row in session.execute(query)}
    session.add_all(TicketTag(ticket_id=ticket_id, tag_id=known[name]) for name in wanted)


def set_tags(session: Session, ticket_id: int, names: Iterable[str]) -> None:
    """Give the ticket exactly these tags; new words become tags."""
    session.execute(delete(TicketTag).where(TicketTag.ticket_id == ticket_id))
    add_tags(session, ticket_id, names)
    session.flush()


def toggle_watching(session: Session, ticket_id: int, *, actor: Actor) -> bool:
    """Let an employee begin or cease to watch a ticket that he sees; whether he watches it now."""
    mine = (TicketObserver.ticket_id == ticket_id, TicketObserver.employee_id == actor.id)
    watched = session.scalar(delete(TicketObserver).where(*mine).returning(TicketObserver.ticket_id)) is not None
    if not watched:
        session.add(TicketObserver(ticket_id=ticket_id, employee_id=actor.id))
    record(
        session,
        "ticket.unwatched" if watched else "ticket.watched",
        actor=actor,
        ticket_id=ticket_id,
        subject_kind="ticket",
        subject_id=ticket_id,
    )
    return not watched


def observers_of(session: Session, ticket_id: int) -> list[ObserverKey]:
    """The ticket's observers, employees first."""
    rows = session.execute(
        select(TicketObserver.employee_id, TicketObserver.group_id)
        .where(TicketObserver.ticket_id == ticket_id)
        .order_by(TicketObserver.id)
    )
    keys = [("employee", employee) if employee is not None else ("group", group or 0) for employee, group in rows]
    return sorted(keys)


def add_observers(session: Session, ticket_id: int, keys: Iterable[ObserverKey]) -> None:
    """Give the ticket observers that it does not have. The caller flushes."""
    session.add_all(
        TicketObserver(
            ticket_id=ticket_id,
            employee_id=row_id if kind == "employee" else None,
            group_id=row_id if kind == "group" else None,
        )
        for kind, row_id in dict.fromkeys(keys)
    )


def set_observers(session: Session, ticket_id: int, keys: Iterable[ObserverKey]) -> None:
    """Give the ticket exactly these observers."""
    session.execute(delete(TicketObserver).where(TicketObserver.ticket_id == ticket_id))
    add_observers(session, ticket_id, keys)
    session.flush()


def attach(
    session: Session,
    files: Iterable[StoredFile],
    *,
    ticket_id: int,
    comment_id: int | None,
    internal: bool,
    at: datetime,
) -> list[Attachment]:
    """Make stored files attachments of a ticket or comment; they share its visibility (OK-070)."""
    rows = [
        Attachment(
            ticket_id=ticket_id,
            comment_id=comment_id,
            internal=internal,
            name=file.name[-255:],
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            stored_name=file.stored_name,
            created_at=at,
        )
        for file in files
    ]
    session.add_all(rows)
    session.flush()
    return rows
