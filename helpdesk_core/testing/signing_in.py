"""Signing the browsers of tests in."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.users.models import UserAccount
from helpdesk_core.users.passwords import hash_password
from helpdesk_core.users.sessions import open_session

PASSWORD = "correct horse battery staple"


def login_of(actor: Actor) -> str:
    """The login that ``give_login`` gives a person."""
    return f"{actor.kind.value}{actor.id}"


def give_login(actor: Actor, hashed: str | None = None) -> None:
    """Give a person of the desk a login; the app's context is open."""
    column = "employee_id" if actor.kind is ActorKind.EMPLOYEE else "contact_id"
    with unit_of_work() as session:
        account = UserAccount(login=login_of(actor), password_hash=hashed, created_at=utcnow(), **{column: actor.id})
        session.add(account)


def sign_in(app: Flask, client: FlaskClient, actor: Actor, login_form_next: str | None = None) -> None:
    """Sign *client* in as *actor*: by the form where *login_form_next* is given, else by a session row."""
    if login_form_next is not None:
        with app.app_context():
            give_login(actor, hash_password(PASSWORD))
        form = {"login": login_of(actor), "password": PASSWORD}
        answer = client.post("/login", data=form, query_string={"next": login_form_next})
        assert answer.status_code == 303, answer.status_code
        assert answer.headers["Location"].startswith("/")
        assert not answer.headers["Location"].startswith("//")
        return
    with app.app_context():
        column = UserAccount.employee_id if actor.kind is ActorKind.EMPLOYEE else UserAccount.contact_id
        with unit_of_work() as session:
            known = session.scalar(select(UserAccount.id).where(column == actor.id))
        if known is None:
            give_login(actor)
        with unit_of_work() as session:
            account = session.scalars(select(UserAccount).where(column == actor.id)).one()
            token = open_session(session, account, actor=actor)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
