"""Companies and contacts: adding, changing, giving a login, forgetting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.customers.commands import CompanyValues, ContactValues
from helpdesk_core.customers.models import Company, CompanyCategory, Contact
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.events.models import EventRow
from helpdesk_core.inbound.forgetting import forget_originals
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.tickets.models import Comment, CommentRevision, Ticket
from helpdesk_core.users.accounts import write_login
from helpdesk_core.users.models import UserAccount
from helpdesk_core.users.passwords import check_strength, hash_password
from helpdesk_core.users.rules import Problems
from helpdesk_core.users.sessions import end_sessions

_COMPANY = ("name", "category_id", "phone", "email", "website", "address", "note")
_CONTACT = ("name", "company_id", "email", "phone", "position", "timezone", "language")
_Row = Company | Contact
_Values = CompanyValues | ContactValues
#: What stands where the person's name stood.
FORGOTTEN = "Anonymised person"


def create_company(session: Session, command: CompanyValues, *, actor: Actor) -> Company:
    """Add a company; raises ``Forbidden`` or ``Invalid``."""
    require(actor, "core:customer:create")
    _check_company(session, command)
    company = Company(external_id=command.external_id, created_at=command.created_at or utcnow())
    _add(session, company, "company", command, _COMPANY, actor)
    return company


def update_company(session: Session, company: Company, command: CompanyValues, *, actor: Actor) -> Company:
    """Change a company; raises ``Forbidden``, ``NotFound`` or ``Invalid``."""
    require(actor, "core:customer:change", company)
    _check_company(session, command)
    _change(session, company, "company", command, _COMPANY, actor)
    return company


def delete_company(session: Session, company: Company, *, actor: Actor) -> None:
    """Delete a company that nothing hangs on; raises ``Rejected`` where contacts or tickets name it."""
    require(actor, "core:customer:delete", company)
    tickets = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.company_id == company.id)) or 0
    contacts = session.scalar(select(func.count()).select_from(Contact).where(Contact.company_id == company.id)) or 0
    if tickets or contacts:
        raise Rejected(
            message(
                "%(name)s stays: contacts %(contacts)d, tickets %(tickets)d.",
                name=company.name,
                contacts=contacts,
                tickets=tickets,
            )
        )
    _note(session, "company.deleted", "company", company.id, actor, before={"name": company.name})
    session.delete(company)
    session.flush()


def create_contact(session: Session, command: ContactValues, *, actor: Actor) -> Contact:
    """Add a contact, without a login; raises ``Forbidden`` or ``Invalid``."""
    require(actor, "core:customer:create")
    _check_contact(session, command)
    contact = Contact(external_id=command.external_id, created_at=command.created_at or utcnow())
    _add(session, contact, "contact", command, _CONTACT, actor)
    return contact


def update_contact(session: Session, contact: Contact, command: ContactValues, *, actor: Actor) -> Contact:
    """Change a contact; raises ``Forbidden``, ``NotFound``, ``Invalid`` or, for an anonymised one, ``Rejected``."""
    require(actor, "core:customer:change", contact)
    if contact.anonymised_at is not None:
        raise Rejected(message("This person was anonymised; the record stays as it is."))
    _check_contact(session, command)
    _change(session, contact, "contact", command, _CONTACT, actor)
    return contact


def grant_portal_access(
    session: Session,
    contact: Contact,
    login: str,
    *,
    actor: Actor,
    password: str | None = None,
    password_hash: str | None = None,
) -> UserAccount:
    """Give the contact a login, or change it; raises ``Forbidden``, ``Invalid`` or ``Rejected``."""
    require(actor, "core:portal:grant")
    require(actor, "core:customer:read", contact)
    if contact.anonymised_at is not None:
        raise Rejected(message("This person was anonymised and gets no login."))
    if password:
        check_strength(password, login=login)
        password_hash = hash_password(password)
    account = write_login(session, login, contact_id=contact.id, password_hash=password_hash)
    if account is None:
        raise Invalid({"login": [message("This is needed.")]})
    account.active = True
    if password_hash is not None:
        end_sessions(session, account.id)
    session.flush()
    _note(session, "contact.access_granted", "contact", contact.id, actor, after={"login": account.login})
    return account


def revoke_portal_access(session: Session, contact: Contact, *, actor: Actor) -> None:
    """Take the login away; his sessions end at once."""
    require(actor, "core:portal:grant")
    require(actor, "core:customer:read", contact)
    write_login(session, None, contact_id=contact.id)
    _note(session, "contact.access_revoked", "contact", contact.id, actor)


def anonymise_contact(session: Session, contact: Contact, *, actor: Actor) -> None:
    """Remove who the person was and keep what was done: name, addresses, login, sessions and labels go.

    Plugins forget him in the same transaction; what one of them fails at undoes everything.
    """
    require(actor, "core:customer:delete", contact)
    if contact.anonymised_at is not None:
        return
    name = contact.name
    account = session.scalar(select(UserAccount).where(UserAccount.contact_id == contact.id))
    hooks().helpdesk_forget_user(session=session, user_id=contact.id)
    if account is not None:
        session.delete(account)
    if contact.email:
        forget_originals(session, sender=contact.email)
    contact.name = FORGOTTEN
    contact.email = contact.phone = contact.position = contact.external_id = None
    contact.anonymised_at = utcnow()
    session.flush()
    _forget_labels(session, contact.id, name)
    _note(session, "contact.anonymised", "contact", contact.id, actor)


def get_company(session: Session, company_id: int, *, actor: Actor) -> Company:
    """The company; raises ``NotFound`` where there is none the actor may see."""
    company = session.get(Company, company_id)
    if company is None:
        raise NotFound("company")
    require(actor, "core:customer:read", company)
    return company


def get_contact(session: Session, contact_id: int, *, actor: Actor) -> Contact:
    """The contact; raises ``NotFound`` where there is none the actor may see."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("contact")
    require(actor, "core:customer:read", contact)
    return contact


def _forget_labels(session: Session, contact_id: int, name: str) -> None:
    quiet = {"synchronize_session": False}
    session.execute(
        update(Ticket).where(Ticket.author_contact_id == contact_id).values(author_label=FORGOTTEN),
        execution_options=quiet,
    )
    session.execute(
        update(Comment).where(Comment.author_contact_id == contact_id).values(author_label=FORGOTTEN),
        execution_options=quiet,
    )
    own = select(Comment.id).where(Comment.author_contact_id == contact_id)
    session.execute(
        update(CommentRevision)
        .where(CommentRevision.comment_id.in_(own), CommentRevision.editor_label == name)
        .values(editor_label=FORGOTTEN),
        execution_options=quiet,
    )
    session.execute(
        update(EventRow)
        .where(EventRow.actor_kind == ActorKind.CONTACT.value, EventRow.actor_id == contact_id)
        .values(actor_label=FORGOTTEN),
        execution_options=quiet,
    )
    # What was written about the record itself holds his name and addresses.
    session.execute(
        update(EventRow)
        .where(EventRow.subject_kind == "contact", EventRow.subject_id == contact_id)
        .values(before={}, after={}),
        execution_options=quiet,
    )


def _check_company(session: Session, command: CompanyValues) -> None:
    problems = Problems()
    problems.text("name", command.name, 200, required=True)
    problems.text("phone", command.phone, 40)
    problems.text("email", command.email, 254)
    problems.email("email", command.email)
    problems.text("website", command.website, 200)
    if command.website and not command.website.lower().startswith(("http://", "https://")):
        problems.add("website", message("Begin with https://"))
    problems.text("address", command.address, 500, lines=True)
    problems.text("note", command.note, 10_000, lines=True)
    if command.category_id is not None and session.get(CompanyCategory, command.category_id) is None:
        problems.add("category_id", message("There is no such category."))
    problems.raise_if_any()


def _check_contact(session: Session, command: ContactValues) -> None:
    problems = Problems()
    problems.text("name", command.name, 200, required=True)
    problems.text("email", command.email, 254)
    problems.email("email", command.email)
    problems.text("phone", command.phone, 40)
    problems.text("position", command.position, 120)
    problems.timezone("timezone", command.timezone)
    problems.language("language", command.language)
    if command.company_id is not None and session.get(Company, command.company_id) is None:
        problems.add("company_id", message("There is no such company."))
    problems.raise_if_any()


def _write(row: _Row, command: _Values, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(command, name) for name in names}
    values["name"] = values["name"].strip()
    if values["email"]:
        values["email"] = values["email"].strip().lower()
    for name, value in values.items():
        setattr(row, name, value)
    return values


def _note(
    session: Session,
    name: str,
    kind: str,
    subject_id: int,
    actor: Actor,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(session, name, actor=actor, subject_kind=kind, subject_id=subject_id, before=before, after=after)


def _add(session: Session, row: _Row, kind: str, command: _Values, names: tuple[str, ...], actor: Actor) -> None:
    after = _write(row, command, names)
    session.add(row)
    session.flush()
    _note(session, f"{kind}.created", kind, row.id, actor, after=after)


def _change(session: Session, row: _Row, kind: str, command: _Values, names: tuple[str, ...], actor: Actor) -> None:
    before = {name: getattr(row, name) for name in names}
    after = _write(row, command, names)
    session.flush()
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        _note(
            session,
            f"{kind}.changed",
            kind,
            row.id,
            actor,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )


def update_own_contact(session: Session, contact_id: int, timezone: str, language: str, *, actor: Actor) -> None:
    """Let a contact choose his own time zone and language; raises ``NotFound`` for anybody else's."""
    contact = session.get(Contact, contact_id)
    if contact is None or actor.kind is not ActorKind.CONTACT or actor.id != contact_id:
        raise NotFound("contact")
    problems = Problems()
    problems.timezone("timezone", timezone)
    problems.language("language", language)
    problems.raise_if_any()
    contact.timezone, contact.language = timezone, language
    _note(session, "contact.profile_changed", "contact", contact_id, actor)
