"""A small desk for tests: people of every role, a group, customers and tickets, committed for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.testing.apps import PluginLike, Site, dispose
from helpdesk_core.tickets.commands import AddComment, CreateTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.services import create_ticket, get_ticket
from helpdesk_core.users.models import Employee, Group, GroupMember

#: Opens a desk: ``with desk_of("lead_desk") as (app, desk):``.
DeskOf = Callable[..., AbstractContextManager[tuple[Flask, "Desk"]]]


@dataclass(frozen=True, slots=True)
class Desk:
    """The people by role; ``insider`` is a specialist in the group, ``outsider`` is in none.

    ``customer`` is a contact of the company, ``stranger`` one of none.
    """

    admin: Actor
    lead: Actor
    insider: Actor
    outsider: Actor
    customer: Actor
    stranger: Actor
    group_id: int
    company_id: int

    def ticket(self, **values: object) -> int:
        """Register a ticket of the customer as the administrator; returns its id. *values* are ``CreateTicket``'s."""
        with unit_of_work() as session:
            fields: dict[str, object] = {"subject": "Till prints nothing", "contact_id": self.customer.id, **values}
            return create_ticket(session, CreateTicket(**fields), actor=self.admin).id  # type: ignore[arg-type]

    def comment(self, ticket_id: int, body: str, *, internal: bool = False, actor: Actor | None = None) -> int:
        """Add a comment, as the administrator where no *actor* is given; returns its id."""
        actor = actor or self.admin
        with unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
            return add_comment(session, ticket, AddComment(body=body, internal=internal), actor=actor).id


def build_desk() -> Desk:
    """Create the desk in the database of the current app."""
    with unit_of_work() as session:
        group = Group(name="Field", description="")
        company = Company(name="Kopi Tiam", created_at=utcnow())
        session.add_all((group, company))
        session.flush()
        admin = _employee(session, "Ada Admin", "core.administrator")
        lead = _employee(session, "Lee Lead", "core.lead")
        insider = _employee(session, "Ivan Insider", "core.specialist")
        outsider = _employee(session, "Olga Outsider", "core.specialist")
        session.add(GroupMember(group_id=group.id, employee_id=insider.id, notify=True))
        customer = _contact(session, "Chandra Customer", company.id)
        stranger = _contact(session, "Siti Stranger", None)
        return Desk(admin, lead, insider, outsider, customer, stranger, group.id, company.id)


def opener_of_desks(site_of: Callable[..., Site]) -> DeskOf:
    """What opens a desk by its preset, on the sites that *site_of* keeps."""

    @contextmanager
    def open_desk(preset: str, *, plugins: Sequence[PluginLike] = ()) -> Iterator[tuple[Flask, Desk]]:
        site = site_of(tuple(plugins), {"HELPDESK_PRESET": preset})
        site.clean()
        with site.app.app_context():
            yield site.app, build_desk()
        dispose(site.app)

    return open_desk


def _employee(session: Session, name: str, role_key: str) -> Actor:
    employee = Employee(name=name, email=f"{name.split()[0].lower()}@example.test", created_at=utcnow())
    session.add(employee)
    session.flush()
    role_id = session.scalars(select(Role.id).where(Role.key == role_key)).one()
    session.add(EmployeeRole(employee_id=employee.id, role_id=role_id))
    return Actor(ActorKind.EMPLOYEE, employee.id, name)


def _contact(session: Session, name: str, company_id: int | None) -> Actor:
    email = f"{name.split()[0].lower()}@customer.test"
    contact = Contact(name=name, company_id=company_id, email=email, created_at=utcnow())
    session.add(contact)
    session.flush()
    return Actor(ActorKind.CONTACT, contact.id, name)


def journal(ticket_id: int) -> list[str]:
    """The names of the ticket's events in order."""
    with reading() as session:
        return list(session.scalars(select(EventRow.name).where(EventRow.ticket_id == ticket_id).order_by(EventRow.id)))
