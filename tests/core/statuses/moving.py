"""What tests of statuses do over and over: own statuses, steps, denied steps, one ticket through its life."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role
from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.settings.services import change_settings
from helpdesk_core.statuses.models import DeniedStep
from helpdesk_core.statuses.services import StatusValues, create_status
from helpdesk_core.tickets.commands import AddComment, TransitionTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Ticket, TypeStatus
from helpdesk_core.tickets.services import get_ticket, transition_ticket

OPEN, POSTPONED = "service_desk.open", "service_desk.postponed"
RESOLVED, CLOSED = "service_desk.resolved", "service_desk.closed"


@contextmanager
def now() -> Iterator[Session]:
    """Read what stands there now, also what a browser of this test has changed meanwhile."""
    db.session.remove()
    with reading() as session:
        yield session
    db.session.remove()


def step(
    ticket_id: int, to: str, actor: Actor = SYSTEM, *, until: datetime | None = None, helpful: bool = True
) -> None:
    """Take a step; postponing gets a day, unless the test says otherwise."""
    if until is None and to == POSTPONED and helpful:
        until = utcnow() + timedelta(days=1)
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
        transition_ticket(session, ticket, TransitionTicket(to=to, until_at=until), actor=actor)


def say(ticket_id: int, body: str, actor: Actor, **values: Any) -> int:
    """Write a public comment; returns the ticket that it belongs to."""
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
        command = AddComment(body=body, internal=False, **values)
        return add_comment(session, ticket, command, actor=actor).ticket_id


def row(ticket_id: int) -> Ticket:
    """The ticket as it stands."""
    with now() as session:
        return session.get_one(Ticket, ticket_id)


def status_of(ticket_id: int) -> str:
    """The key of the ticket's status."""
    return row(ticket_id).status_key


def steps_taken(ticket_id: int) -> list[tuple[str, str, str | None, str]]:
    """The steps of a ticket: from, to, cause, and what kind of actor took it."""
    with reading() as session:
        query = select(EventRow).where(EventRow.ticket_id == ticket_id, EventRow.name == "ticket.transitioned")
        return [
            (event.before["status"], event.after["status"], event.after.get("cause"), event.actor_kind)
            for event in session.scalars(query.order_by(EventRow.id))
        ]


def own_status(label: str, category: str = "open", **values: Any) -> str:
    """Add a status of the site; returns its key."""
    with unit_of_work() as session:
        return create_status(session, StatusValues(label=label, category=category, **values), actor=SYSTEM).key


def deny(role_key: str, source: str, target: str) -> None:
    """Deny a step to a role."""
    with unit_of_work() as session:
        role_id = session.scalars(select(Role.id).where(Role.key == role_key)).one()
        session.add(DeniedStep(role_id=role_id, source=source, target=target))


def offer(type_id: int, *keys: str) -> None:
    """Let tickets of a type have these statuses only."""
    with unit_of_work() as session:
        session.add_all(TypeStatus(type_id=type_id, status_key=key) for key in keys)


def choose(**values: Any) -> None:
    """Change settings of the core: ``choose(auto_close_days=3)``."""
    with unit_of_work() as session:
        change_settings(session, {f"core.{name}": value for name, value in values.items()}, actor=SYSTEM)
