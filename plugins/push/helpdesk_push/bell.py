"""The bell of dispatchers: tickets of nobody, and taking one before somebody else does (CR-13)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    ChangeTicket,
    StatusCategory,
    Ticket,
    change_ticket,
    get_ticket,
    people,
    require,
    status_catalog,
    visible,
)
from helpdesk_push.hints import DISPATCH

#: How many tickets the bell names; it counts one more, so that it can say that there are more.
SHOWN: Final = 9
_OVER: Final = (StatusCategory.SOLVED, StatusCategory.CLOSED)


def nobodys(session: Session, actor: Actor) -> list[Ticket]:
    """The newest open tickets that neither a person nor a group has, as *actor* sees them; raises ``Forbidden``."""
    require(actor, DISPATCH)
    over = [status.key for status in status_catalog().ordered if status.category in _OVER]
    statement = (
        visible(select(Ticket), actor)
        .where(Ticket.assignee_id.is_(None), Ticket.group_id.is_(None), Ticket.status_key.not_in(over))
        .order_by(Ticket.id.desc())
        .limit(SHOWN + 1)
    )
    return list(session.scalars(statement))


def take(session: Session, ticket_id: int, *, actor: Actor) -> str | None:
    """Make *actor* the assignee where nobody is; returns the name of who was faster.

    Raises ``NotFound`` and ``Forbidden`` as the services do. The row is locked: of two who click, one takes it.
    """
    ticket = get_ticket(session, ticket_id, actor=actor, permission="core:ticket:assign", lock=True)
    if ticket.assignee_id is not None:
        return None if ticket.assignee_id == actor.id else name_of(ticket.assignee_id)
    change_ticket(session, ticket, ChangeTicket(values={"assignee_id": actor.id}), actor=actor)
    return None


def name_of(employee_id: int) -> str:
    """The name of an employee."""
    employee = people().employees.get(employee_id)
    return employee.name if employee is not None else f"#{employee_id}"
