"""Signed-in browsers: the cookie holds a random token, the database its hash, and one query finds the person."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.customers.models import Contact
from helpdesk_core.db.reference import ReferenceVersion, prime_version
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.users.models import Employee, UserAccount, UserSession
from helpdesk_core.users.passwords import password_matches

LIFETIME: Final = timedelta(days=14)
MOST_SESSIONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInfo:
    """Who is signed in, as pages need it; ``kind`` is ``employee`` or ``contact``."""

    account_id: int
    session_id: int
    person_id: int
    kind: str
    login: str
    name: str
    email: str | None
    timezone: str
    language: str
    photo: str | None
    company_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """One signed-in browser in the person's own list."""

    id: int
    agent: str
    address: str
    created_at: datetime
    expires_at: datetime
    current: bool


def normalise_login(login: str) -> str:
    """The form in which logins are stored and compared."""
    return login.strip().casefold()


def token_hash(token: str) -> str:
    """What the database keeps of a 256-bit token; so long a token needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_token() -> str:
    """A random token of 256 bits."""
    return secrets.token_urlsafe(32)


def find_person(token: str) -> PersonInfo | None:
    """The person behind a session's token; none when it ended, expired, or its account or person is not active.

    The only query of its kind per request; it brings the version of the reference tables along.
    """
    statement = (
        select(
            UserSession.id.label("session_id"),
            UserAccount.id.label("account_id"),
            UserAccount.login,
            Employee.id.label("employee_id"),
            Employee.name.label("employee_name"),
            Employee.email.label("employee_email"),
            Employee.timezone.label("employee_timezone"),
            Employee.language.label("employee_language"),
            Employee.photo,
            Contact.id.label("contact_id"),
            Contact.name.label("contact_name"),
            Contact.email.label("contact_email"),
            Contact.timezone.label("contact_timezone"),
            Contact.language.label("contact_language"),
            Contact.company_id,
            ReferenceVersion.version,
        )
        .join(UserAccount, UserAccount.id == UserSession.account_id)
        .outerjoin(Employee, Employee.id == UserAccount.employee_id)
        .outerjoin(Contact, Contact.id == UserAccount.contact_id)
        .outerjoin(ReferenceVersion, ReferenceVersion.id == 1)
        .where(UserSession.token_hash == token_hash(token), *_holds())
    )
    with reading() as session:
        row = session.execute(statement).one_or_none()
        if row is None:
            return None
        prime_version(session, row.version or 0)
    employee = row.employee_id is not None
    return PersonInfo(
        account_id=row.account_id,
        session_id=row.session_id,
        login=row.login,
        person_id=row.employee_id if employee else row.contact_id,
        kind="employee" if employee else "contact",
        name=row.employee_name if employee else row.contact_name,
        email=row.employee_email if employee else row.contact_email,
        timezone=row.employee_timezone if employee else row.contact_timezone,
        language=row.employee_language if employee else row.contact_language,
        photo=row.photo,
        company_id=None if employee else row.company_id,
    )


def live_sessions(session: Session, session_ids: Collection[int]) -> frozenset[int]:
    """Those of *session_ids* that still hold: not ended, not expired, of a person who may sign in. One query."""
    statement = (
        select(UserSession.id)
        .join(UserAccount, UserAccount.id == UserSession.account_id)
        .outerjoin(Employee, Employee.id == UserAccount.employee_id)
        .outerjoin(Contact, Contact.id == UserAccount.contact_id)
        .where(UserSession.id.in_(session_ids), *_holds())
    )
    return frozenset(session.scalars(statement)) if session_ids else frozenset()


def _holds() -> tuple[ColumnElement[bool], ...]:
    return (
        UserSession.expires_at > utcnow(),
        UserAccount.active.is_(True),
        or_(Employee.active.is_(True), and_(Contact.id.is_not(None), Contact.anonymised_at.is_(None))),
    )


def actor_of(person: PersonInfo) -> Actor:
    """The person as the one who acts."""
    kind = ActorKind.EMPLOYEE if person.kind == "employee" else ActorKind.CONTACT
    return Actor(kind, person.person_id, person.name)


def sign_in(login: str, password: str, address: str = "", agent: str = "") -> str | None:
    """Open a new session and return its token; none for a wrong login, a wrong password or a person not active.

    The password is checked outside the transaction and at the same cost whatever is wrong (T-67).
    """
    found = select(UserAccount.id, UserAccount.password_hash).where(UserAccount.login == normalise_login(login)[:254])
    with reading() as session:
        row = session.execute(found).one_or_none()
    if not password_matches(password, row.password_hash if row else None) or row is None:
        return None
    with unit_of_work() as session:
        account = session.get(UserAccount, row.id)
        # Between the two transactions the password may have changed.
        if account is None or account.password_hash != row.password_hash:
            return None
        actor = _active_owner(session, account)
        if actor is None:
            return None
        return open_session(session, account, actor=actor, address=address, agent=agent)


def open_session(session: Session, account: UserAccount, *, actor: Actor, address: str = "", agent: str = "") -> str:
    """Write a session of *account* and return its token; the oldest ones and expired ones go (T-52)."""
    now = utcnow()
    token = new_token()
    session.add(
        UserSession(
            account_id=account.id,
            token_hash=token_hash(token),
            user_agent=agent[:200],
            address=address[:60],
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    newest = (
        select(UserSession.id)
        .where(UserSession.account_id == account.id)
        .order_by(UserSession.id.desc())
        .limit(MOST_SESSIONS)
    )
    kept = list(session.scalars(newest))
    session.execute(
        delete(UserSession).where(
            UserSession.account_id == account.id, or_(UserSession.expires_at <= now, UserSession.id.not_in(kept))
        )
    )
    account.last_login_at = now
    record(session, "account.signed_in", actor=actor, subject_kind="account", subject_id=account.id)
    return token


def _active_owner(session: Session, account: UserAccount) -> Actor | None:
    if not account.active:
        return None
    if account.employee_id is not None:
        employee = session.get(Employee, account.employee_id)
        return Actor(ActorKind.EMPLOYEE, employee.id, employee.name) if employee and employee.active else None
    contact = session.get(Contact, account.contact_id)
    alive = contact is not None and contact.anonymised_at is None
    return Actor(ActorKind.CONTACT, contact.id, contact.name) if contact is not None and alive else None


def sign_out(token: str) -> None:
    """End the session of *token*; nothing happens when it is over already."""
    with unit_of_work() as session:
        session.execute(delete(UserSession).where(UserSession.token_hash == token_hash(token)))


def end_sessions(session: Session, account_id: int, *, keep: int | None = None) -> int:
    """End the sessions of an account, all or all but *keep*; returns how many there were."""
    statement = delete(UserSession).where(UserSession.account_id == account_id)
    if keep is not None:
        statement = statement.where(UserSession.id != keep)
    ended = session.execute(statement.returning(UserSession.id)).all()
    return len(ended)


def renew_token(session: Session, session_id: int) -> str:
    """Give the session another token, after which the old cookie is worthless (T-52)."""
    token = new_token()
    session.execute(update(UserSession).where(UserSession.id == session_id).values(token_hash=token_hash(token)))
    return token


def revoke_session(session: Session, session_id: int, *, account_id: int) -> bool:
    """End one session of the account; false when it is not one of his."""
    statement = delete(UserSession).where(UserSession.id == session_id, UserSession.account_id == account_id)
    return session.execute(statement.returning(UserSession.id)).one_or_none() is not None


def sessions_of(account_id: int, *, current: int) -> list[SessionInfo]:
    """The browsers signed in to an account, the newest first."""
    statement = (
        select(UserSession)
        .where(UserSession.account_id == account_id, UserSession.expires_at > utcnow())
        .order_by(UserSession.id.desc())
        .limit(MOST_SESSIONS)
    )
    with reading() as session:
        return [
            SessionInfo(
                id=row.id,
                agent=row.user_agent,
                address=row.address,
                created_at=row.created_at,
                expires_at=row.expires_at,
                current=row.id == current,
            )
            for row in session.scalars(statement)
        ]
