"""From the names in a foreign file to people, groups and companies here; what is missing is made or refused."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.customers.commands import CreateCompany, CreateContact
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.customers.services import create_company, create_contact
from helpdesk_core.users.catalog import PeopleCatalog, people
from helpdesk_core.users.commands import CreateEmployee, CreateGroup
from helpdesk_core.users.services import create_employee, create_group


class Directory:
    """Names to ids, for one transaction at a time: ``enter`` forgets the last one's."""

    def __init__(self, *, create_groups: bool, create_companies: bool, create_people: bool, actor: Actor) -> None:
        self._create_groups = create_groups
        self._create_companies = create_companies
        self._create_people = create_people
        self._actor = actor
        self._catalog: PeopleCatalog | None = None
        self._employees: dict[str, list[int]] = {}
        self._groups: dict[str, int] = {}
        self._customers: dict[tuple[str, ...], int] = {}
        self._unsure: set[tuple[str, ...]] = set()

    def enter(self) -> None:
        """A new transaction begins: what was not committed may be gone."""
        self._customers.clear()
        self._unsure.clear()

    def keep(self, *, kept: bool) -> None:
        """The row just applied stays, or (not *kept*) was taken back with what was made for it."""
        if not kept:
            for key in self._unsure:
                self._customers.pop(key, None)
        self._unsure.clear()

    def group(self, session: Session, name: str) -> int:
        """The group of this name; raises ``Invalid`` where there is none and none may be made."""
        self._look_around()
        found = self._groups.get(name.casefold())
        if found is None:
            if not self._create_groups:
                raise Invalid({"group": [f"there is no group {name!r}"]})
            found = create_group(session, CreateGroup(name=name), actor=self._actor).id
        return found

    def employee(self, session: Session, name: str, group_id: int | None) -> int:
        """The employee of this e-mail or name; an unknown one becomes a record without a login, in the row's group."""
        self._look_around()
        found = self._employees.get(name.casefold(), [])
        if len(found) > 1:
            raise Invalid({"assignee": [f"{len(found)} employees are called {name!r}; name one by e-mail"]})
        if found:
            return found[0]
        if not self._create_people:
            raise Invalid({"assignee": [f"there is no employee {name!r}"]})
        email = name if "@" in name else None
        groups = (group_id,) if group_id is not None else ()
        command = CreateEmployee(name=name, email=email, group_ids=groups)
        return create_employee(session, command, actor=self._actor).id

    def known_employee(self, name: str) -> int | None:
        """The one employee of this e-mail or name, where there is exactly one."""
        self._look_around()
        found = self._employees.get(name.casefold(), [])
        return found[0] if len(found) == 1 else None

    def company(self, session: Session, name: str) -> int:
        """The company of this name; raises ``Invalid`` where there is none and none may be made."""
        key = ("company", name)
        found = self._customers.get(key)
        if found is None:
            found = session.scalar(select(Company.id).where(Company.name == name).order_by(Company.id).limit(1))
            if found is None:
                if not self._create_companies:
                    raise Invalid({"company": [f"there is no company {name!r}"]})
                found = create_company(session, CreateCompany(name=name), actor=self._actor).id
            self._learn(key, found)
        return found

    def contact(self, session: Session, name: str, email: str | None, phone: str | None, company_id: int | None) -> int:
        """The contact of this e-mail, else of this name within the company; an unknown one becomes a record."""
        key = ("contact", email.casefold()) if email else ("contact", name, str(company_id or ""))
        found = self._customers.get(key)
        if found is None:
            query = select(Contact.id).where(Contact.anonymised_at.is_(None)).order_by(Contact.id).limit(1)
            if email:
                query = query.where(Contact.email == email.strip().lower())
            else:
                query = query.where(Contact.name == name, Contact.company_id == company_id)
            found = session.scalar(query)
            if found is None:
                if not self._create_people:
                    raise Invalid({"contact": [f"there is no contact {email or name!r}"]})
                command = CreateContact(name=name, email=email, phone=phone, company_id=company_id)
                found = create_contact(session, command, actor=self._actor).id
            self._learn(key, found)
        return found

    def _learn(self, key: tuple[str, ...], found: int) -> None:
        self._customers[key] = found
        self._unsure.add(key)

    def _look_around(self) -> None:
        """Read the employees and groups anew when they changed since the last row."""
        catalog = people()
        if catalog is self._catalog:
            return
        self._catalog = catalog
        self._groups = {group.name.casefold(): group.id for group in catalog.groups.values()}
        self._employees = {}
        for employee in catalog.employees.values():
            names = (
                {employee.name.casefold(), employee.email.casefold()} if employee.email else {employee.name.casefold()}
            )
            for name in names:
                self._employees.setdefault(name, []).append(employee.id)
