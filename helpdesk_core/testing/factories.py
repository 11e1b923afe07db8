"""Makers of single people and tickets, with commits of their own; each is a fixture of the same name."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.customers.models import Contact
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.services import create_ticket
from helpdesk_core.users.models import Employee, UserAccount
from helpdesk_core.users.sessions import open_session

MakeEmployee = Callable[..., Employee]
MakeContact = Callable[..., Contact]
MakeTicket = Callable[..., int]
Login = Callable[[FlaskClient, Any], None]


def employee_maker(app: Flask) -> MakeEmployee:
    """Return a maker of employees with a login and a role, or several."""

    def make(
        name: str = "Ada Admin", *, role: str | Sequence[str] | None = "core.administrator", **values: Any
    ) -> Employee:
        with app.app_context(), unit_of_work() as session:
            values.setdefault("email", f"{uuid.uuid4().hex[:8]}@example.test")
            employee = Employee(name=name, created_at=utcnow(), **values)
            session.add(employee)
            session.flush()
            for key in (role,) if isinstance(role, str) else role or ():
                role_id = session.scalars(select(Role.id).where(Role.key == key)).one()
                session.add(EmployeeRole(employee_id=employee.id, role_id=role_id))
            session.add(UserAccount(login=f"e{employee.id}", employee_id=employee.id, created_at=utcnow()))
            return employee

    return make


def contact_maker(app: Flask) -> MakeContact:
    """Return a maker of contacts; ``with_login=True`` lets one into the portal."""

    def make(name: str = "Chandra Customer", *, with_login: bool = False, **values: Any) -> Contact:
        with app.app_context(), unit_of_work() as session:
            contact = Contact(name=name, created_at=utcnow(), **values)
            session.add(contact)
            session.flush()
            if with_login:
                session.add(UserAccount(login=f"c{contact.id}", contact_id=contact.id, created_at=utcnow()))
            return contact

    return make


def ticket_maker(app: Flask) -> MakeTicket:
    """Return a maker of tickets registered by the system, without going through a page; it returns their ids."""

    def make(subject: str = "Till prints nothing", **values: Any) -> int:
        with app.app_context(), unit_of_work() as session:
            return create_ticket(session, CreateTicket(subject=subject, **values), actor=SYSTEM).id

    return make


def login_of_rows(app: Flask) -> Login:
    """Return what signs a client in as an employee or a contact that has a login."""

    def enter(client: FlaskClient, who: Employee | Contact) -> None:
        owner = UserAccount.employee_id if isinstance(who, Employee) else UserAccount.contact_id
        with app.app_context(), unit_of_work() as session:
            account = session.scalars(select(UserAccount).where(owner == who.id)).one()
            token = open_session(session, account, actor=SYSTEM)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True

    return enter
