"""Logins and passwords of employees and contacts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.customers.models import Contact
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.turns import take_turns
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.users.models import Employee, PasswordReset, UserAccount
from helpdesk_core.users.passwords import check_strength, hash_password, password_matches
from helpdesk_core.users.rules import Problems
from helpdesk_core.users.sessions import end_sessions, normalise_login, renew_token, token_hash

RESET_LIFETIME: Final = timedelta(hours=1)


def write_login(
    session: Session,
    login: str | None,
    *,
    employee_id: int | None = None,
    contact_id: int | None = None,
    password_hash: str | None = None,
) -> UserAccount | None:
    """Give the person this login, change it, or take it away; raises ``Invalid`` for one that is taken.

    The caller has asked for the permission and records the event.
    """
    owner = UserAccount.employee_id == employee_id if employee_id else UserAccount.contact_id == contact_id
    account = session.scalar(select(UserAccount).where(owner))
    login = normalise_login(login) if login else None
    if login is None:
        if account is not None:
            session.delete(account)
            session.flush()
        return None
    problems = Problems()
    problems.login("login", login)
    problems.raise_if_any()
    take_turns(session, "login")
    taken = session.scalar(select(UserAccount.id).where(UserAccount.login == login))
    if taken is not None and (account is None or taken != account.id):
        raise Invalid({"login": [message("Somebody else has this login.")]})
    if account is None:
        account = UserAccount(login=login, employee_id=employee_id, contact_id=contact_id, created_at=utcnow())
        account.active = True
        session.add(account)
    elif account.login != login:
        account.login = login
        end_sessions(session, account.id)
    if password_hash is not None:
        account.password_hash = password_hash
    session.flush()
    return account


def set_password(session: Session, account: UserAccount, password_hash: str, *, actor: Actor) -> None:
    """Set somebody's password and end all his sessions; raises ``Forbidden``."""
    require(actor, "core:employee:manage" if account.employee_id else "core:portal:grant")
    account.password_hash = password_hash
    _forget_access(session, account.id)
    record(session, "account.password_set", actor=actor, subject_kind="account", subject_id=account.id)


def change_own_password(account_id: int, session_id: int, current: str, new: str, *, actor: Actor) -> str:
    """Change the person's own password; other sessions end and this one gets another token, which is returned.

    Raises ``Invalid`` for a wrong current password or a weak new one. Opens its own transaction: hashing takes long.
    """
    with reading() as session:
        row = session.execute(
            select(UserAccount.login, UserAccount.password_hash).where(UserAccount.id == account_id)
        ).one_or_none()
    if row is None or not password_matches(current, row.password_hash):
        raise Invalid({"current": [message("This is not your current password.")]})
    check_strength(new, login=row.login, field="password")
    hashed = hash_password(new)
    with unit_of_work() as session:
        account = session.get(UserAccount, account_id)
        if account is None or account.password_hash != row.password_hash:
            raise Invalid({"current": [message("The password was changed meanwhile.")]})
        account.password_hash = hashed
        _forget_access(session, account_id, keep=session_id)
        record(session, "account.password_changed", actor=actor, subject_kind="account", subject_id=account_id)
        return renew_token(session, session_id)


def open_reset(session: Session, login: str, token: str, *, asked_at: datetime) -> str | None:
    """Let *token* set a new password for *login* for an hour from *asked_at*; the address to mail it to.

    None where there is no such login, it has no address, or the hour is over; earlier tokens of the login end.
    """
    session.execute(delete(PasswordReset).where(PasswordReset.expires_at <= utcnow()))
    expires = asked_at + RESET_LIFETIME
    account = session.scalar(select(UserAccount).where(UserAccount.login == normalise_login(login)[:254]))
    if account is None or not account.active or expires <= utcnow():
        return None
    address = _address_of(session, account)
    if address:
        session.execute(delete(PasswordReset).where(PasswordReset.account_id == account.id))
        session.add(PasswordReset(account_id=account.id, token_hash=token_hash(token), expires_at=expires))
    return address


def reset_password(token: str, new: str) -> None:
    """Set a new password with a mailed token, once; all sessions end.

    Raises ``NotFound`` for a token that is unknown, used or expired, ``Invalid`` for a weak password.
    """
    with reading() as session:
        login = session.scalar(
            select(UserAccount.login)
            .join(PasswordReset, PasswordReset.account_id == UserAccount.id)
            .where(PasswordReset.token_hash == token_hash(token), PasswordReset.expires_at > utcnow())
        )
    if login is None:
        raise NotFound("link")
    check_strength(new, login=login)
    hashed = hash_password(new)
    with unit_of_work() as session:
        used = session.scalar(
            delete(PasswordReset)
            .where(PasswordReset.token_hash == token_hash(token), PasswordReset.expires_at > utcnow())
            .returning(PasswordReset.account_id)
        )
        account = session.get(UserAccount, used) if used is not None else None
        if account is None or not account.active:
            raise NotFound("link")
        account.password_hash = hashed
        _forget_access(session, account.id)
        kind = ActorKind.EMPLOYEE if account.employee_id else ActorKind.CONTACT
        actor = Actor(kind, account.employee_id or account.contact_id, account.login)
        record(session, "account.password_reset", actor=actor, subject_kind="account", subject_id=account.id)


def reset_is_open(token: str) -> bool:
    """Whether a mailed link may still be used."""
    statement = select(PasswordReset.id).where(
        PasswordReset.token_hash == token_hash(token), PasswordReset.expires_at > utcnow()
    )
    with reading() as session:
        return session.scalar(statement) is not None


def _forget_access(session: Session, account_id: int, *, keep: int | None = None) -> None:
    session.execute(delete(PasswordReset).where(PasswordReset.account_id == account_id))
    end_sessions(session, account_id, keep=keep)


def _address_of(session: Session, account: UserAccount) -> str | None:
    if account.employee_id is not None:
        return session.scalar(
            select(Employee.email).where(Employee.id == account.employee_id, Employee.active.is_(True))
        )
    return session.scalar(
        select(Contact.email).where(Contact.id == account.contact_id, Contact.anonymised_at.is_(None))
    )


def get_account(session: Session, *, employee_id: int | None = None, contact_id: int | None = None) -> UserAccount:
    """The login of a person; raises ``Rejected`` for one who has none."""
    owner = UserAccount.employee_id == employee_id if employee_id else UserAccount.contact_id == contact_id
    account = session.scalar(select(UserAccount).where(owner))
    if account is None:
        raise Rejected(message("This person has no login yet: give one first."))
    return account
