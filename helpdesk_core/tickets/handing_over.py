"""Letting an employee go: his tickets that are not closed go to somebody else first (OK-209)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.contract.messages import message, message_n
from helpdesk_core.db.session import reading
from helpdesk_core.events.journal import record
from helpdesk_core.statuses.models import Status
from helpdesk_core.tickets.commands import ChangeTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import change_ticket, get_ticket
from helpdesk_core.users.commands import HandOver
from helpdesk_core.users.models import Employee, Group, UserAccount
from helpdesk_core.users.services import keep_an_administrator
from helpdesk_core.users.sessions import end_sessions

MOST_HANDED_OVER: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """A ticket named on another page."""

    id: int
    subject: str
    status_key: str
    updated_at: datetime


def deactivate_employee(
    session: Session, employee: Employee, *, actor: Actor, hand_over: HandOver | None = None
) -> list[int]:
    """Deactivate an employee and end his sessions at once; returns the tickets handed over.

    Raises ``Rejected`` naming his tickets that are not closed when nobody takes them (OK-209).
    """
    require(actor, "core:employee:manage")
    if not employee.active:
        return []
    keep_an_administrator(session, employee.id)
    tickets = open_tickets_of(session, employee.id)
    if tickets:
        if hand_over is None or (hand_over.employee_id is None and hand_over.group_id is None):
            listed = ", ".join(f"#{number}" for number in tickets[:20]) + (" …" if len(tickets) > 20 else "")
            raise Rejected(
                message_n(
                    "%(name)s is the assignee of %(num)d ticket that is not closed: %(listed)s",
                    "%(name)s is the assignee of %(num)d tickets that are not closed: %(listed)s",
                    len(tickets),
                    name=employee.name,
                    listed=listed,
                )
            )
        _hand_over(session, employee, tickets, hand_over, actor=actor)
    employee.active = False
    account = session.scalar(select(UserAccount).where(UserAccount.employee_id == employee.id))
    if account is not None:
        end_sessions(session, account.id)
    session.flush()
    record(
        session,
        "employee.deactivated",
        actor=actor,
        subject_kind="employee",
        subject_id=employee.id,
        after={"handed_over": len(tickets)},
    )
    return list(tickets)


def tickets_left(employee_id: int) -> Sequence[TicketLine]:
    """The tickets that somebody else has to take before he can be deactivated (OK-209), the first hundred."""
    with reading() as session:
        numbers = open_tickets_of(session, employee_id)
        statement = (
            select(Ticket.id, Ticket.subject, Ticket.status_key, Ticket.updated_at)
            .where(Ticket.id.in_(numbers[:100]))
            .order_by(Ticket.id)
        )
        return [
            TicketLine(id=row.id, subject=row.subject, status_key=row.status_key, updated_at=row.updated_at)
            for row in session.execute(statement)
        ]


def tickets_left_count(employee_id: int) -> int:
    """How many tickets those are."""
    with reading() as session:
        return len(open_tickets_of(session, employee_id))


def open_tickets_of(session: Session, employee_id: int) -> Sequence[int]:
    """The numbers of the tickets he is assigned to that are not closed."""
    closed = select(Status.key).where(Status.category == "closed")
    return session.scalars(
        select(Ticket.id)
        .where(Ticket.assignee_id == employee_id, Ticket.status_key.not_in(closed))
        .order_by(Ticket.id)
        .limit(MOST_HANDED_OVER + 1)
    ).all()


def _hand_over(
    session: Session, employee: Employee, tickets: Sequence[int], hand_over: HandOver, *, actor: Actor
) -> None:
    if len(tickets) > MOST_HANDED_OVER:
        raise Rejected(
            message("More than %(count)d tickets: hand them over from the list first.", count=MOST_HANDED_OVER)
        )
    if hand_over.employee_id == employee.id:
        raise Invalid({"employee_id": [message("Choose somebody else.")]})
    if hand_over.employee_id is not None:
        taker = session.get(Employee, hand_over.employee_id)
        if taker is None or not taker.active:
            raise Invalid({"employee_id": [message("There is no such active employee.")]})
    if hand_over.group_id is not None and session.get(Group, hand_over.group_id) is None:
        raise Invalid({"group_id": [message("There is no such group.")]})
    values: dict[str, object] = {"assignee_id": hand_over.employee_id}
    if hand_over.group_id is not None:
        values["group_id"] = hand_over.group_id
    for number in tickets:
        ticket = get_ticket(session, number, actor=actor)
        change_ticket(session, ticket, ChangeTicket(values=values), actor=actor)
