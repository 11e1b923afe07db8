"""Who a mail is from: colleagues and contacts by their address. An address is a claim, no proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.customers.models import Contact
from helpdesk_core.inbound.parsing import ParsedMail
from helpdesk_core.users.catalog import EmployeeInfo, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whom the address of a mail belongs to; nobody, or several contacts."""

    address: str
    name: str
    employee: EmployeeInfo | None
    contacts: Sequence[Contact]

    @property
    def keys(self) -> list[str]:
        """Who may have written the mail, as mails of ours name their readers."""
        staff = [f"employee:{self.employee.id}"] if self.employee else []
        return [*staff, *(f"contact:{contact.id}" for contact in self.contacts)]

    @property
    def label(self) -> str:
        """Name and address as the mail gives them."""
        return f"{self.name} <{self.address}>" if self.name and self.address else self.address or self.name

    def contact(self, ticket_contact: int | None = None) -> Contact | None:
        """The contact of that address: the ticket's own where several share it, else the one known longest."""
        for contact in self.contacts:
            if contact.id == ticket_contact:
                return contact
        return self.contacts[0] if self.contacts else None


def find_sender(session: Session, mail: ParsedMail) -> Sender:
    """The people of the address that *mail* is from, whatever case it is written in (OK-123)."""
    address = mail.address
    employee = next(
        (one for one in people().employees.values() if one.active and (one.email or "").lower() == address and address),
        None,
    )
    query = select(Contact).where(Contact.email == address, Contact.anonymised_at.is_(None)).order_by(Contact.id)
    contacts = session.scalars(query.limit(20)).all() if address else ()
    return Sender(address=address, name=mail.name, employee=employee, contacts=contacts)


def as_contact(contact: Contact) -> Actor:
    """The contact as an actor."""
    return Actor(ActorKind.CONTACT, contact.id, contact.name)
