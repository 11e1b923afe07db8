"""Who is told of an event: for each reason those who are there for it, each once, none who may not know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    Company,
    Contact,
    JournalEvent,
    Ticket,
    can,
    hooks,
    observers_of,
    people,
    ticket_catalog,
)
from helpdesk_notifications.api import Recipient
from helpdesk_notifications.extra import extra_addresses
from helpdesk_notifications.kinds import ASSIGNED, ASSIGNEE, CONTACT, CREATED, GROUP, MENTIONED, OBSERVER
from helpdesk_notifications.options import Options

_READ = "core:ticket:read"
_READ_INTERNAL = "core:ticket:read_internal"


def staff(session: Session, event: JournalEvent, ticket: Ticket, kind: str) -> Iterator[Recipient]:
    """Colleagues by reason, the strongest first; of an assignment those alone whom it concerns."""
    fresh = frozenset(event.after) if kind == ASSIGNED else frozenset({"assignee_id", "group_id"})
    if ticket.assignee_id and "assignee_id" in fresh:
        yield from _employees([ticket.assignee_id], ASSIGNEE)
    if ticket.group_id and "group_id" in fresh:
        yield from _group(ticket.group_id, GROUP)
    for who, number in observers_of(session, ticket.id):
        yield from _employees([number], OBSERVER) if who == "employee" else _group(number, OBSERVER)
    for found in hooks().helpdesk_notifications_recipients(session=session, event=event, ticket=ticket):
        yield found.value


def mentioned(session: Session, text: str, ticket: Ticket) -> Iterator[Recipient]:
    """Those whom ``@Name`` in *text* names: colleagues, and contacts of the ticket's company (OK-073)."""
    if "@" not in text:
        return
    lowered = text.casefold()

    def named(name: str) -> bool:
        return bool(name) and re.search(rf"@{re.escape(name.casefold())}(?!\w)", lowered) is not None

    yield from _employees([one.id for one in people().employees.values() if named(one.name)], MENTIONED)
    if ticket.company_id is not None:
        query = select(Contact).where(Contact.company_id == ticket.company_id, Contact.anonymised_at.is_(None))
        yield from (_contact(one, CONTACT) for one in session.scalars(query.limit(2000)) if named(one.name))


def customers(session: Session, event: JournalEvent, ticket: Ticket, options: Options) -> Iterator[Recipient]:
    """The contact, or the company's mailbox as the site chose (OK-185..187); then the copies, if anybody is told."""
    contact = session.get(Contact, ticket.contact_id) if ticket.contact_id else None
    if contact is not None and contact.anonymised_at is not None:
        return
    if contact is None and _internal(ticket):
        return
    told = [_contact(contact, CONTACT)] if contact is not None and contact.email else []
    company = session.get(Company, ticket.company_id) if ticket.company_id else None
    wanted = (
        options.company_mode == "always"
        or (contact is not None and not contact.email)
        or (contact is None and options.company_mode == "no_contact")
    )
    rights = Actor(ActorKind.CONTACT, contact.id, contact.name) if contact is not None else None
    language = contact.language if contact is not None else "en"
    if company is not None and company.email and wanted:
        told.append(_copy(f"company:{company.id}", company.name, company.email, language, rights))
    if told and contact is not None:
        more = extra_addresses(session, contact.id)
        told.extend(_copy(f"address:{one}", contact.name, one, language, rights) for one in more)
    if told and options.copy_address:
        told.append(_copy(f"address:{options.copy_address}", "", options.copy_address, language, rights))
    if told and options.copy_author and event.actor.kind is ActorKind.EMPLOYEE:
        author = people().employees.get(event.actor.id or 0)
        if author is not None and author.email:
            told.append(_copy(f"employee:{author.id}", author.name, author.email, author.language, rights))
    seen: set[str] = set()
    for one in told:
        if (one.email or "").lower() not in seen:
            seen.add((one.email or "").lower())
            yield one


def may_know(recipient: Recipient, ticket: Ticket, *, internal: bool) -> bool:
    """Whether the policy lets *recipient* know: the ticket, and where it is *internal* that too (OK-074)."""
    actor = recipient.actor
    if actor is None:
        return not internal and not _internal(ticket)
    if actor.kind is not ActorKind.EMPLOYEE and internal:
        return False
    return can(actor, _READ, ticket) and (not internal or can(actor, _READ_INTERNAL, ticket))


def is_own_act(recipient: Recipient, actor: Actor, kind: str) -> bool:
    """Whether *recipient* did it himself (OK-063); a customer is told that his ticket arrived, copies are copies."""
    if recipient.audience == CONTACT and (kind == CREATED or actor.kind is ActorKind.EMPLOYEE):
        return False
    return actor.id is not None and recipient.key == f"{actor.kind.value}:{actor.id}"


def _internal(ticket: Ticket) -> bool:
    kind = ticket_catalog().types.get(ticket.type_id or 0)
    return kind is not None and kind.internal


def _group(group_id: int, audience: str) -> Iterator[Recipient]:
    """The group's employees for notifications, and nobody else of it (OK-065)."""
    group = people().groups.get(group_id)
    return _employees(group.notify_ids if group is not None else (), audience)


def _employees(ids: Iterable[int], audience: str) -> Iterator[Recipient]:
    for number in ids:
        one = people().employees.get(number)
        if one is not None and one.active:
            actor = Actor(ActorKind.EMPLOYEE, one.id, one.name)
            yield Recipient(key=f"employee:{one.id}", audience=audience, name=one.name, language=one.language,
                            email=one.email, actor=actor)  # fmt: skip


def _contact(one: Contact, audience: str) -> Recipient:
    actor = Actor(ActorKind.CONTACT, one.id, one.name)
    return Recipient(key=f"contact:{one.id}", audience=audience, name=one.name, language=one.language,
                     email=one.email, actor=actor)  # fmt: skip


def _copy(key: str, name: str, email: str, language: str, actor: Actor | None) -> Recipient:
    return Recipient(key=key, audience=CONTACT, name=name, language=language, email=email, actor=actor)
