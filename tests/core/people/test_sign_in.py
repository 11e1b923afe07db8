"""Signing in, sessions that end, and the guard in front of every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.customers.commands import ContactValues
from helpdesk_core.customers.services import create_contact, grant_portal_access
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.testing import Clock, MailSink, run_jobs
from helpdesk_core.tickets.handing_over import deactivate_employee
from helpdesk_core.ui.guard import guard_of
from helpdesk_core.users.accounts import change_own_password, reset_password
from helpdesk_core.users.commands import CreateEmployee, UpdateEmployee
from helpdesk_core.users.login import safe_next
from helpdesk_core.users.models import PasswordReset, UserAccount, UserSession
from helpdesk_core.users.reset_mail import ask_for_reset
from helpdesk_core.users.services import create_employee, get_employee, update_employee
from helpdesk_core.users.sessions import find_person, sign_in

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(app: Flask) -> Iterator[int]:
    """The number of an administrator who can sign in as ``ada``; the app's context is open."""
    with app.app_context():
        with unit_of_work() as session:
            command = CreateEmployee(
                name="Ada Admin",
                email="ada@example.test",
                login="ada",
                password=PASSWORD,
                role_keys=("core.administrator",),
            )
            number = create_employee(session, command, actor=SYSTEM).id
        yield number


def _sign_in(client: FlaskClient, login: str = "ada", password: str = PASSWORD, url: str = "/login") -> TestResponse:
    return client.post(url, data={"login": login, "password": password})


def _sessions() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(UserSession)) or 0


def test_every_endpoint_says_who_may_open_it(app: Flask) -> None:
    """The route map holds no endpoint without a guard."""
    silent = [rule.endpoint for rule in app.url_map.iter_rules() if guard_of(app, rule.endpoint) is None]
    assert silent == []


def test_an_endpoint_that_says_nothing_stays_shut(app: Flask, client: FlaskClient, admin: int) -> None:
    """The guard fails closed, even for an administrator."""
    _sign_in(client)
    guarded_view = app.view_functions["users.list_groups"]
    app.view_functions["users.list_groups"] = lambda: "secret"
    try:
        answer = client.get("/groups")
    finally:
        app.view_functions["users.list_groups"] = guarded_view
    assert (answer.status_code, b"secret" in answer.data) == (403, False)


def test_anonymous_people_are_sent_to_the_login_and_back(client: FlaskClient, admin: int) -> None:
    """OK-205."""
    answer = client.get("/employees?q=x")
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=")
    back = _sign_in(client, url=answer.location)
    assert back.location == "/employees?q=x"


@pytest.mark.parametrize(
    "target", ["//evil.test", "/\\evil.test", "https://evil.test", "http:evil", "/\tx", "\\\\evil", "javascript:1", ""]
)
def test_next_stays_on_this_site(target: str) -> None:
    """T-51."""
    assert safe_next(target) is None


def _without_its_own(page: str, login: str) -> str:
    """*page* without what is its own: the token of its forms, which holds the second it was made in, and the login."""
    tokens = set(re.findall(r'<meta name="csrf-token" content="([^"]+)">', page))
    tokens |= set(re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page))
    assert tokens, "the page has no token to take out"
    for token in tokens:
        page = page.replace(token, "TOKEN")
    return page.replace(f'value="{login}"', 'value="LOGIN"')


def test_wrong_login_and_wrong_password_get_the_same_answer(client: FlaskClient, admin: int) -> None:
    """T-67; the answers are made in different seconds, which their tokens tell."""
    wrong_password = _sign_in(client, "ada", "wrong password")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=2)):
        wrong_login = _sign_in(client, "nobody", PASSWORD)
    assert (wrong_password.status_code, wrong_login.status_code) == (422, 422)
    assert wrong_password.text != wrong_login.text
    assert _without_its_own(wrong_password.text, "ada") == _without_its_own(wrong_login.text, "nobody")
    assert _sessions() == 0


def test_a_sign_in_opens_a_new_session_and_the_old_cookie_is_dead_after_sign_out(
    client: FlaskClient, admin: int
) -> None:
    """T-52."""
    assert _sign_in(client).status_code == 303
    with client.session_transaction() as cookie:
        old = dict(cookie)
    assert client.get("/employees").status_code == 200
    assert client.post("/logout").status_code == 303
    with client.session_transaction() as cookie:
        cookie.update(old)
    assert client.get("/employees").status_code == 303
    assert _sessions() == 0


def test_logins_are_compared_without_case_and_spaces(client: FlaskClient, admin: int) -> None:
    """T-67."""
    assert _sign_in(client, "  ADA ").status_code == 303


def test_deactivating_ends_sessions_at_once(client: FlaskClient, admin: int) -> None:
    """OK-207."""
    with unit_of_work() as session:
        other = CreateEmployee(name="Sam", login="sam", password=PASSWORD, role_keys=("core.specialist",))
        number = create_employee(session, other, actor=SYSTEM).id
    token = sign_in("sam", PASSWORD)
    assert token is not None
    assert find_person(token) is not None
    with unit_of_work() as session:
        deactivate_employee(session, get_employee(session, number), actor=SYSTEM)
    assert find_person(token) is None
    assert sign_in("sam", PASSWORD) is None


def test_the_last_administrator_stays(admin: int) -> None:
    """Nobody locks the desk from outside."""
    with pytest.raises(Rejected), unit_of_work() as session:
        deactivate_employee(session, get_employee(session, admin), actor=SYSTEM)
    with reading() as session:
        assert get_employee(session, admin).active


def test_a_password_change_ends_the_other_sessions_and_renews_this_one(admin: int) -> None:
    """T-52."""
    mine, other = sign_in("ada", PASSWORD), sign_in("ada", PASSWORD)
    assert mine is not None
    assert other is not None
    person = find_person(mine)
    assert person is not None
    renewed = change_own_password(person.account_id, person.session_id, PASSWORD, "another good phrase", actor=SYSTEM)
    assert find_person(other) is None
    assert find_person(mine) is None
    assert find_person(renewed) is not None
    assert sign_in("ada", PASSWORD) is None


def test_a_role_change_ends_the_sessions(admin: int) -> None:
    """T-52."""
    with unit_of_work() as session:
        command = CreateEmployee(name="Sam", login="sam", password=PASSWORD, role_keys=("core.specialist",))
        number = create_employee(session, command, actor=SYSTEM).id
    token = sign_in("sam", PASSWORD)
    assert token is not None
    with unit_of_work() as session:
        promoted = UpdateEmployee(name="Sam", login="sam", role_keys=("core.lead",))
        update_employee(session, get_employee(session, number), promoted, actor=SYSTEM)
    assert find_person(token) is None


def test_a_reset_link_works_once_and_ends_sessions(app: Flask, admin: int, mailbox: MailSink) -> None:
    """T-15."""
    for login in ("ADA", "nobody"):
        with unit_of_work() as session:
            ask_for_reset(session, login, language="en", host="http://desk.test/")
    assert run_jobs(app) == 2
    assert [mail["X-Recipients"] for mail in mailbox] == ["ada@example.test"]
    token = re.findall(r"/reset/(\S+)", mailbox[0].get_content())[0]
    signed_in = sign_in("ada", PASSWORD)
    assert signed_in is not None
    reset_password(token, "another good phrase")
    assert find_person(signed_in) is None
    assert sign_in("ada", "another good phrase") is not None
    with pytest.raises(NotFound):
        reset_password(token, "a third good phrase")
    with reading() as session:
        stored = session.scalars(select(UserAccount.password_hash)).one()
        assert session.scalar(select(func.count()).select_from(PasswordReset)) == 0
    assert stored is not None
    assert token not in stored


def test_a_reset_mail_that_was_not_taken_is_sent_again_with_the_same_link(
    app: Flask, admin: int, mailbox: MailSink, clock: Clock
) -> None:
    """The job survives: the second attempt has the same Message-ID and the same link."""
    with unit_of_work() as session:
        ask_for_reset(session, "ada", language="ru", host="http://desk.test/")
    mailbox.broken = 1
    run_jobs(app)
    assert len(mailbox) == 1  # the server took it, and then broke off
    clock.advance(minutes=1)
    run_jobs(app)
    first, second = mailbox
    assert (first["Message-ID"], first.get_content()) == (second["Message-ID"], second.get_content())
    assert "http://desk.test/reset/" in second.get_content()


def test_weak_passwords_are_refused(admin: int) -> None:
    """Length, and not the login itself."""
    with pytest.raises(Invalid), unit_of_work() as session:
        create_employee(session, CreateEmployee(name="Bo", login="bo", password="short"), actor=SYSTEM)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(UserAccount)) == 1


def test_a_contact_finds_no_employee_page_and_an_employee_no_portal(
    app: Flask, client: FlaskClient, admin: int
) -> None:
    """OK-205: the role decides."""
    with unit_of_work() as session:
        contact = create_contact(session, ContactValues(name="Chandra"), actor=SYSTEM)
        grant_portal_access(session, contact, "chandra", password=PASSWORD, actor=SYSTEM)
    answer = _sign_in(client, "chandra")
    assert answer.location == "/my"
    assert [client.get(url).status_code for url in ("/employees", "/tickets", "/settings", "/inbox")] == [404] * 4
    assert client.get("/account").status_code == 200
    other = app.test_client()
    _sign_in(other)
    assert other.get("/my").status_code == 404
