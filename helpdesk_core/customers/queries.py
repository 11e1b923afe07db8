"""Lists and cards of companies and contacts, narrowed in SQL to what the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import READ_CUSTOMER, require, visible
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.customers.models import Company, CompanyCategory, Contact
from helpdesk_core.db.session import reading
from helpdesk_core.search.findable import found_by
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.tickets.keyset import Page, SortKey, fetch_page
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.users.models import UserAccount

PAGE_SIZE = 50
ON_CARD = 20
IN_PICKER = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """A ticket on a customer's card."""

    id: int
    subject: str
    status: StatusInfo
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyCard:
    """A company with its contacts and its latest tickets, as far as the reader may see them."""

    company: Company
    category: str | None
    contacts: Sequence[Contact]
    tickets: Sequence[TicketLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard:
    """A contact with company, login and latest tickets, as far as the reader may see them."""

    contact: Contact
    company: Company | None
    login: str | None
    last_login_at: datetime | None
    tickets: Sequence[TicketLine]


def companies(actor: Actor, *, text: str = "", category_id: int | None = None, cursor: str | None = None) -> Page:
    """One page of companies by name: id, name, category, phone, email, number of contacts."""
    counted = (
        select(func.count()).select_from(Contact).where(Contact.company_id == Company.id).correlate(Company)
    ).scalar_subquery()
    statement: Any = select(
        Company.id,
        Company.name,
        Company.phone,
        Company.email,
        CompanyCategory.name.label("category"),
        counted.label("contacts"),
    ).outerjoin(CompanyCategory, CompanyCategory.id == Company.category_id)
    if category_id is not None:
        statement = statement.where(Company.category_id == category_id)
    if text:
        statement = statement.where(found_by(text, Company.words))
    statement = visible(statement, actor, READ_CUSTOMER, Company)
    with reading() as session:
        return _page(session, statement, Company.name_key, Company.id, cursor)


def contacts(actor: Actor, *, text: str = "", cursor: str | None = None) -> Page:
    """One page of contacts by name: id, name, company, email, phone, login."""
    statement: Any = (
        select(
            Contact.id,
            Contact.name,
            Contact.email,
            Contact.phone,
            Contact.position,
            Contact.company_id,
            Company.name.label("company"),
            UserAccount.login,
        )
        .outerjoin(Company, Company.id == Contact.company_id)
        .outerjoin(UserAccount, UserAccount.contact_id == Contact.id)
    )
    if text:
        statement = statement.where(found_by(text, Contact.words, func.coalesce(Company.name_key, "")))
    statement = visible(statement, actor, READ_CUSTOMER, Contact)
    with reading() as session:
        return _page(session, statement, Contact.name_key, Contact.id, cursor)


def _page(session: Session, statement: Any, name: Any, row_id: Any, cursor: str | None) -> Page:
    key = SortKey(expression=name, kind=str)
    return fetch_page(session, statement, key=key, row_id=row_id, descending=False, cursor=cursor, size=PAGE_SIZE)


def company_card(company_id: int, actor: Actor, *, permission: str = READ_CUSTOMER) -> CompanyCard:
    """A company's card; raises ``NotFound`` where the reader may see no such company (OK-215).

    Raises ``Forbidden`` where he sees it and does not hold *permission* on it.
    """
    with reading() as session:
        company = session.scalar(
            visible(select(Company).where(Company.id == company_id), actor, READ_CUSTOMER, Company)
        )
        if company is None:
            raise NotFound("company")
        require(actor, permission, company)
        people = visible(select(Contact).where(Contact.company_id == company_id), actor, READ_CUSTOMER, Contact)
        return CompanyCard(
            company=company,
            category=session.scalar(select(CompanyCategory.name).where(CompanyCategory.id == company.category_id)),
            contacts=session.scalars(people.order_by(Contact.name_key).limit(200)).all(),
            tickets=_tickets(session, actor, Ticket.company_id == company_id),
        )


def contact_card(contact_id: int, actor: Actor, *, permission: str = READ_CUSTOMER) -> ContactCard:
    """A contact's card; raises ``NotFound`` where the reader may see no such contact (OK-215).

    Raises ``Forbidden`` where he sees it and does not hold *permission* on it.
    """
    with reading() as session:
        contact = session.scalar(
            visible(select(Contact).where(Contact.id == contact_id), actor, READ_CUSTOMER, Contact)
        )
        if contact is None:
            raise NotFound("contact")
        require(actor, permission, contact)
        account = session.execute(
            select(UserAccount.login, UserAccount.last_login_at).where(UserAccount.contact_id == contact_id)
        ).one_or_none()
        return ContactCard(
            contact=contact,
            company=session.get(Company, contact.company_id) if contact.company_id else None,
            login=account.login if account else None,
            last_login_at=account.last_login_at if account else None,
            tickets=_tickets(session, actor, Ticket.contact_id == contact_id),
        )


def _tickets(session: Session, actor: Actor, condition: Any) -> list[TicketLine]:
    statement: Any = select(Ticket.id, Ticket.subject, Ticket.status_key, Ticket.updated_at).where(condition)
    rows = session.execute(
        visible(statement, actor).order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(ON_CARD)
    )
    statuses = status_catalog().by_key
    return [
        TicketLine(id=row.id, subject=row.subject, status=statuses[row.status_key], updated_at=row.updated_at)
        for row in rows
    ]


def category_choices() -> list[tuple[int, str]]:
    """The categories of companies in their order (OK-146)."""
    with reading() as session:
        rows = session.execute(
            select(CompanyCategory.id, CompanyCategory.name).order_by(CompanyCategory.position, CompanyCategory.id)
        )
        return [(row.id, row.name) for row in rows]


def company_choices(actor: Actor, held: int | None = None) -> list[tuple[int, str]]:
    """Companies for a list, by name: the first thousand and the one that is chosen already."""
    names: Any = select(Company.id, Company.name)
    statement: Any = visible(names, actor, READ_CUSTOMER, Company)
    with reading() as session:
        found = session.execute(statement.order_by(Company.name_key).limit(IN_PICKER))
        rows = [(row.id, row.name) for row in found]
        if held is not None and held not in dict(rows):
            chosen = session.get(Company, held)
            rows += [(chosen.id, chosen.name)] if chosen is not None else []
        return rows


def found(actor: Actor, kind: str, text: str) -> list[dict[str, str]]:
    """Up to twenty companies or contacts for a searching list: value, text, sub."""
    if kind == "company":
        return [
            {"value": str(row.id), "text": row.name, "sub": row.category or ""}
            for row in companies(actor, text=text).rows[:20]
        ]
    return [
        {"value": str(row.id), "text": row.name, "sub": row.company or row.email or ""}
        for row in contacts(actor, text=text).rows[:20]
    ]
