"""The ticket list: one statement for a page of rows, and one for the tags of that page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import condition, holds, visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.types import UtcDateTime, utcnow
from helpdesk_core.search.queries import matching_tickets
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.statuses.models import Status
from helpdesk_core.tickets.catalog import PriorityInfo, TypeInfo, ticket_catalog
from helpdesk_core.tickets.extra_filters import filter_conditions
from helpdesk_core.tickets.filters import PAGE_SIZE, TicketQuery
from helpdesk_core.tickets.keyset import SortKey, fetch_page
from helpdesk_core.tickets.models import Attachment, Priority, Tag, Ticket, TicketObserver, TicketRead, TicketTag
from helpdesk_core.ui.formatting import reader_zone
from helpdesk_core.users.catalog import EmployeeInfo, GroupInfo, people

#: A ticket without a due date comes after all that have one.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A company or a contact as a list names it."""

    id: int
    name: str
    kind: str = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """One row of a list, with everything that is shown of it."""

    ticket_id: int
    number: int
    subject: str
    status: StatusInfo
    priority: PriorityInfo | None
    type: TypeInfo | None
    assignee: EmployeeInfo | None
    group: GroupInfo | None
    company: Named | None
    contact: Named | None
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    unread: bool
    bold: bool
    overdue: bool
    files: bool
    tags: Sequence[str] = ()
    cells: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The rows of one page with the cursors of its neighbours."""

    rows: Sequence[TicketRow]
    next_cursor: str | None
    previous_cursor: str | None


def sort_key(name: str) -> SortKey:
    """The expression behind a sort name; none of them is ever null."""
    if name == "created":
        return SortKey(expression=Ticket.created_at, kind=datetime)
    if name == "number":
        return SortKey(expression=Ticket.id, kind=int)
    if name == "priority":
        return SortKey(expression=Priority.rank, kind=int)
    if name == "status":
        return SortKey(expression=Status.position, kind=int)
    if name == "subject":
        return SortKey(expression=Ticket.subject, kind=str)
    if name == "due":
        never = literal(_NEVER, UtcDateTime())
        return SortKey(expression=func.coalesce(Ticket.due_at, never, type_=UtcDateTime()), kind=datetime)
    return SortKey(expression=Ticket.updated_at, kind=datetime)


def rows_statement(query: TicketQuery, actor: Actor) -> Select[Any]:
    """The columns of a list, narrowed to the filter and to what *actor* may see; not ordered."""
    reader = actor.id if actor.kind is ActorKind.EMPLOYEE else None
    seen = and_(TicketRead.ticket_id == Ticket.id, TicketRead.employee_id == reader)
    has_files = exists().where(Attachment.ticket_id == Ticket.id)
    if actor.kind is ActorKind.CONTACT:
        has_files = has_files.where(Attachment.internal.is_(False))
    statement: Any = (
        select(
            Ticket.id,
            Ticket.subject,
            Ticket.status_key,
            Ticket.priority_id,
            Ticket.type_id,
            Ticket.assignee_id,
            Ticket.group_id,
            Ticket.company_id,
            Ticket.contact_id,
            Ticket.due_at,
            Ticket.created_at,
            Ticket.updated_at,
            Ticket.activity_at,
            Ticket.activity_by,
            Ticket.needs_answer,
            Company.name.label("company_name"),
            Contact.name.label("contact_name"),
            TicketRead.seen_at,
            has_files.label("has_files"),
        )
        .select_from(Ticket)
        .outerjoin(Company, Company.id == Ticket.company_id)
        .outerjoin(Contact, Contact.id == Ticket.contact_id)
        .outerjoin(TicketRead, seen)
    )
    if query.sort == "priority":
        statement = statement.join(Priority, Priority.id == Ticket.priority_id)
    if query.sort == "status":
        statement = statement.join(Status, Status.key == Ticket.status_key)
    narrowed: Select[Any] = visible(statement.where(*conditions(query, actor)), actor)
    return narrowed


def list_page(session: Session, query: TicketQuery, *, actor: Actor, size: int = PAGE_SIZE) -> ListPage:
    """One page of the list: two statements, however long the list is."""
    page = fetch_page(
        session,
        rows_statement(query, actor),
        key=sort_key(query.sort),
        row_id=Ticket.id,
        descending=query.descending,
        cursor=query.cursor,
        size=size,
    )
    tags = tags_of(session, [row.id for row in page.rows])
    rows = [to_row(row, actor, tags.get(row.id, ())) for row in page.rows]
    return ListPage(rows=rows, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor)


def all_rows(session: Session, query: TicketQuery, *, actor: Actor, batch: int = 500) -> Iterator[TicketRow]:
    """Every row of the list, page by page, so that memory does not grow with the list."""
    query = replace(query, cursor=None)
    while True:
        page = list_page(session, query, actor=actor, size=batch)
        yield from page.rows
        if page.next_cursor is None:
            return
        query = replace(query, cursor=page.next_cursor)


def to_row(row: Any, actor: Actor, tags: Sequence[str] = ()) -> TicketRow:
    """A row of :func:`rows_statement` with the reference data put in."""
    catalog, staff = ticket_catalog(), people()
    status = status_catalog().by_key[row.status_key]
    fresh = row.seen_at is None or row.seen_at < row.activity_at
    return TicketRow(
        ticket_id=row.id,
        number=row.id,
        subject=row.subject,
        status=status,
        priority=catalog.priorities.get(row.priority_id),
        type=catalog.types.get(row.type_id),
        assignee=staff.employees.get(row.assignee_id),
        group=staff.groups.get(row.group_id),
        company=Named(id=row.company_id, name=row.company_name, kind="company") if row.company_id else None,
        contact=Named(id=row.contact_id, name=row.contact_name) if row.contact_id else None,
        due_at=row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        unread=fresh and row.activity_by != f"{actor.kind.value}:{actor.id}" and not status.finished,
        bold=(row.needs_answer or status.category is StatusCategory.NEW) and not status.finished,
        overdue=is_overdue(row.due_at, status),
        files=bool(row.has_files),
        tags=tags,
    )


def is_overdue(due_at: datetime | None, status: StatusInfo) -> bool:
    """Whether the date has passed while the work is not done."""
    return due_at is not None and not status.finished and due_at < utcnow()


def tags_of(session: Session, ticket_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags of these tickets, in alphabetical order."""
    ids = list(ticket_ids)
    found: dict[int, list[str]] = {}
    if ids:
        rows = select(TicketTag.ticket_id, Tag.name).join(Tag, Tag.id == TicketTag.tag_id)
        for ticket_id, name in session.execute(rows.where(TicketTag.ticket_id.in_(ids)).order_by(Tag.name)):
            found.setdefault(ticket_id, []).append(name)
    return found


# --- the filter as SQL ------------------------------------------------------------------------------


def conditions(query: TicketQuery, actor: Actor) -> list[ColumnElement[bool]]:
    """What the filter asks for, as conditions over ``Ticket``."""
    catalog = status_catalog()
    found: list[ColumnElement[bool]] = []
    if query.status:
        found.append(Ticket.status_key.in_([key for key in query.status if key in catalog.by_key]))
    if query.category:
        keys = [status.key for status in catalog.ordered if status.category in query.category]
        found.append(Ticket.status_key.in_(keys))
    if query.open or query.overdue or query.distribution:
        found.append(not_(Ticket.status_key.in_([status.key for status in catalog.ordered if status.finished])))
    if query.type:
        found.append(_any_of(Ticket.type_id, query.type))
    if query.priority:
        found.append(Ticket.priority_id.in_(query.priority))
    if query.assignee:
        found.append(_any_of(Ticket.assignee_id, query.assignee, {"me": _own_ids(actor)}))
    if query.group:
        found.append(_any_of(Ticket.group_id, query.group, {"mine": _own_groups(actor)}))
    if query.company is not None:
        found.append(Ticket.company_id == query.company)
    if query.contact is not None:
        found.append(Ticket.contact_id == query.contact)
    found += [_tagged(name) for name in query.tag]
    found += _period(query)
    if query.overdue:
        found.append(Ticket.due_at < utcnow())
    if query.unread:
        found.append(or_(TicketRead.seen_at.is_(None), TicketRead.seen_at < Ticket.activity_at))
        found.append(Ticket.activity_by != f"{actor.kind.value}:{actor.id}")
    if query.watching:
        found.append(_watched(actor))
    if query.distribution:
        found.append(for_distribution(actor))
    found += filter_conditions(query.extra, actor)
    if query.q:
        found.append(_matching(query.q, actor))
    return found


def for_distribution(actor: Actor) -> ColumnElement[bool]:
    """What somebody has to give away: nobody's, without a type, or without a customer (OK-004)."""
    if not holds(actor, "core:ticket:dispatch"):
        return false()
    return or_(
        and_(Ticket.assignee_id.is_(None), Ticket.group_id.is_(None)),
        Ticket.type_id.is_(None),
        and_(Ticket.company_id.is_(None), Ticket.contact_id.is_(None)),
    )


def _any_of(
    column: Any, values: Iterable[str], words: Mapping[str, Sequence[int]] | None = None
) -> ColumnElement[bool]:
    ids: list[int] = []
    empty: list[ColumnElement[bool]] = []
    for value in values:
        if value == "none":
            empty.append(column.is_(None))
        elif words and value in words:
            ids += words[value]
        elif value.isdigit():
            ids.append(int(value))
    return or_(column.in_(ids), *empty)


def _own_ids(actor: Actor) -> Sequence[int]:
    return (actor.id,) if actor.kind is ActorKind.EMPLOYEE and actor.id is not None else ()


def _own_groups(actor: Actor) -> Sequence[int]:
    known = people().employees.get(actor.id or 0) if actor.kind is ActorKind.EMPLOYEE else None
    return known.group_ids if known else ()


def _watched(actor: Actor) -> ColumnElement[bool]:
    groups = _own_groups(actor)
    who = or_(TicketObserver.employee_id.in_(_own_ids(actor)), TicketObserver.group_id.in_(groups))
    return exists().where(TicketObserver.ticket_id == Ticket.id, who)


def _tagged(name: str) -> ColumnElement[bool]:
    return exists().where(TicketTag.ticket_id == Ticket.id, TicketTag.tag_id == Tag.id, Tag.name == name)


def _period(query: TicketQuery) -> list[ColumnElement[bool]]:
    zone = reader_zone()
    found: list[ColumnElement[bool]] = []
    if query.created_from is not None:
        found.append(Ticket.created_at >= datetime.combine(query.created_from, time(), zone))
    if query.created_to is not None and query.created_to.year < 9999:
        found.append(Ticket.created_at < datetime.combine(query.created_to + timedelta(days=1), time(), zone))
    return found


def _matching(text: str, actor: Actor) -> ColumnElement[bool]:
    public = Ticket.id.in_(matching_tickets(text, internal=False))
    number = text.removeprefix("#")
    found: list[ColumnElement[bool]] = [public]
    if number.isascii() and number.isdigit() and len(number) < 10:
        found.append(Ticket.id == int(number))
    if holds(actor, "core:ticket:read_internal"):
        # Words of an internal note find a ticket only where the note itself may be read (T-11).
        readable = condition(actor, "core:ticket:read_internal")
        found.append(and_(Ticket.id.in_(matching_tickets(text, internal=True)), readable))
    return or_(*found)
