"""The desk of the demonstration: its groups, people, customers, fields, canned answers and views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.permissions import ADMINISTRATOR, LEAD, SPECIALIST
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.customers.commands import ContactValues, CreateCompany
from helpdesk_core.customers.models import Company, CompanyCategory, Contact
from helpdesk_core.customers.services import create_company, create_contact, grant_portal_access
from helpdesk_core.demo.content import desk_settings, people
from helpdesk_core.settings.entries import KINDS, add_field, save_entry
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.filters import TicketQuery
from helpdesk_core.tickets.saved_views import save_view
from helpdesk_core.users.commands import CreateEmployee, GroupValues
from helpdesk_core.users.models import Employee, Group
from helpdesk_core.users.services import create_employee, create_group, update_group

ACTOR = Actor(ActorKind.IMPORT, None, "demonstration")
_ROLES = {"administrator": ADMINISTRATOR, "lead": LEAD, "specialist": SPECIALIST}


@dataclass(frozen=True, slots=True)
class Desk:
    """Ids by the keys and names that the tickets of the demonstration use."""

    employees: dict[str, int] = field(default_factory=dict)
    companies: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)


def make_desk(session: Session, password_hash: str) -> None:
    """Make everything but tickets; whoever has a login gets the password behind *password_hash*."""
    groups = {
        name: create_group(session, GroupValues(name=name, description=description), actor=ACTOR).id
        for name, description in desk_settings()["groups"].items()
    }
    employees = _make_employees(session, groups, password_hash)
    _make_customers(session, password_hash)
    for key, values in desk_settings()["fields"].items():
        add_field(
            session,
            key=key,
            label=values["label"],
            kind=values["kind"],
            options=values.get("options", ()),
            actor=ACTOR,
        )
    _make_canned_answers(session)
    session.flush()
    _make_views(
        session, groups, Actor(ActorKind.EMPLOYEE, employees["aisyah"], people()["employees"]["aisyah"]["name"])
    )


def find_desk(session: Session) -> Desk:
    """The ids of what ``make_desk`` made, whatever has been renamed since left out."""
    desk = Desk(groups=dict(session.execute(select(Group.name, Group.id)).all()))
    staff = dict(session.execute(select(Employee.email, Employee.id)).all())
    companies = dict(session.execute(select(Company.name, Company.id)).all())
    contacts = dict(session.execute(select(Contact.name, Contact.id)).all())
    for found, known, kind, by in (
        (desk.employees, staff, "employees", "email"),
        (desk.companies, companies, "companies", "name"),
        (desk.contacts, contacts, "contacts", "name"),
    ):
        found.update({key: known[row[by]] for key, row in people()[kind].items() if row[by] in known})
    return desk


def _make_employees(session: Session, groups: dict[str, int], password_hash: str) -> dict[str, int]:
    employees: dict[str, int] = {}
    for key, row in people()["employees"].items():
        command = CreateEmployee(
            name=row["name"],
            email=row["email"],
            phone=row["phone"],
            position=row["position"],
            timezone=row["time_zone"],
            language=row["language"],
            role_keys=(_ROLES[row["role"]],),
            login=row["email"] if row.get("login") else None,
            password_hash=password_hash if row.get("login") else None,
        )
        employees[key] = create_employee(session, command, actor=ACTOR).id
    for name, group_id in groups.items():
        members = {key: row for key, row in people()["employees"].items() if name in row["groups"]}
        values = GroupValues(
            name=name,
            description=desk_settings()["groups"][name],
            member_ids=tuple(employees[key] for key in members),
            notify_ids=tuple(employees[key] for key, row in members.items() if name in row.get("notified", ())),
        )
        update_group(session, session.get_one(Group, group_id), values, actor=ACTOR)
    return employees


def _make_customers(session: Session, password_hash: str) -> None:
    categories = dict(session.execute(select(CompanyCategory.name, CompanyCategory.id)).all())
    companies: dict[str, int] = {}
    for key, row in people()["companies"].items():
        command = CreateCompany(
            name=row["name"],
            category_id=categories.get(row["category"]),
            phone=row.get("phone"),
            email=row.get("email"),
            website=row.get("website"),
            address=row.get("address"),
            note=row.get("comment", ""),
        )
        companies[key] = create_company(session, command, actor=ACTOR).id
    for row in people()["contacts"].values():
        contact = create_contact(session, _contact(row, companies), actor=ACTOR)
        if row.get("login"):
            grant_portal_access(session, contact, row["email"], actor=ACTOR, password_hash=password_hash)


def _contact(row: dict[str, Any], companies: dict[str, int]) -> ContactValues:
    russian = row["language"] == "ru"
    return ContactValues(
        name=row["name"],
        company_id=companies[row["company"]] if "company" in row else None,
        email=row.get("email"),
        phone=row.get("mobile") or row.get("phone"),
        position=row.get("position"),
        language=row["language"],
        timezone="Europe/Moscow" if russian else "Asia/Kuala_Lumpur",
    )


def _make_canned_answers(session: Session) -> None:
    for position, row in enumerate(desk_settings()["canned"], start=1):
        values = {
            "group": row["group"], "title": row["title"], "body": row["text"].strip(), "position": 10 * position
        }  # fmt: skip
        save_entry(session, KINDS["canned"], None, values, actor=ACTOR)


def _make_views(session: Session, groups: dict[str, int], owner: Actor) -> None:
    priorities = {priority.key: priority.id for priority in ticket_catalog().priorities.values()}
    for row in desk_settings()["view"]:
        wanted = row["filter"]
        company = session.scalar(select(Company.id).where(Company.name == wanted.get("company")))
        query = TicketQuery(
            open=wanted.get("open", False),
            category=tuple(wanted.get("category", ())),
            priority=tuple(priorities[key] for key in wanted.get("priority", ())),
            group=(str(groups[wanted["group"]]),) if "group" in wanted else (),
            company=company,
        )
        save_view(session, row["name"], query, shared=True, actor=owner)
