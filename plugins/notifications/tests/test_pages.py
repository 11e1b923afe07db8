"""Settings » Notices."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from helpdesk_core.testing import Desk, MailSink, MakeContact, sign_in
from helpdesk_core.toolkit import Forbidden, configured_server, reading, unit_of_work
from helpdesk_notifications.kinds import CONTACT, DEFAULTS, STATUS
from helpdesk_notifications.options import read_options, save_options
from helpdesk_notifications.rules import read_rules
from helpdesk_notifications.wording import words_for

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

BASE = "/settings/notifications"
WORDS = f"{BASE}/words/comment/contact/en"


@pytest.fixture
def admin(app: Flask, desk: Desk) -> FlaskClient:
    client = app.test_client()
    sign_in(app, client, desk.admin)
    return client


@pytest.mark.parametrize("page", ["/", "/words", "/words/comment/contact/en", "/design", "/sending"])
def test_the_pages_are_for_administrators(app: Flask, desk: Desk, admin: FlaskClient, page: str) -> None:
    assert admin.get(BASE + page).status_code == 200
    client = app.test_client()
    sign_in(app, client, desk.lead)
    assert client.get(BASE + page).status_code in (403, 404)


def test_boxes_switch_notices(admin: FlaskClient) -> None:
    """OK-182, OK-184."""
    form = {"on": ["status/contact"], "status": ["contact/service_desk.open"]}
    assert admin.post(f"{BASE}/", data=form).status_code == 303
    with reading() as session:
        rules = read_rules(session)
    assert {place for place in DEFAULTS if rules[place].enabled} == {(STATUS, CONTACT)}
    assert rules[STATUS, CONTACT].statuses == {"service_desk.open"}


def test_a_design_without_the_place_of_the_text_is_refused(admin: FlaskClient) -> None:
    """OK-183."""
    answer = admin.post(f"{BASE}/design", data={"design": "<p>Nothing</p>"})
    assert answer.status_code == 422
    assert "(((CONTENT)))" in answer.text
    assert admin.post(f"{BASE}/design", data={"design": "<main>(((CONTENT)))</main>"}).status_code == 303
    with reading() as session:
        assert read_options(session).design == "<main>(((CONTENT)))</main>"
    assert admin.post(f"{BASE}/design/reset").status_code == 303
    with reading() as session:
        assert read_options(session).design == ""


def test_a_text_is_tried_on_a_ticket_and_saved(desk: Desk, admin: FlaskClient) -> None:
    """UR-27."""
    ticket = desk.ticket(subject="A <i> till")
    desk.comment(ticket, "CANARY", internal=True)
    desk.comment(ticket, "Turn it over")
    typed = {"subject": "About {{ ticket.subject }}", "body": "{{ comment.text }}", "ticket_id": str(ticket)}
    shown = admin.post(f"{WORDS}/preview", data=typed)
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "About A &lt;i&gt; till" in shown.text
    assert "Turn it over" in shown.text
    assert "CANARY" not in shown.text
    assert "Original" in admin.get(f"{BASE}/words").text
    assert admin.post(WORDS, data=typed).status_code == 303
    with reading() as session:
        assert words_for(session, "comment", "contact", "en").subject == "About {{ ticket.subject }}"
    assert admin.post(f"{WORDS}/reset").status_code == 303
    with reading() as session:
        assert not words_for(session, "comment", "contact", "en").own


def test_a_text_that_is_no_template_is_refused_with_its_line(desk: Desk, admin: FlaskClient) -> None:
    """T-37: and its preview says so, instead of failing."""
    ticket = desk.ticket()
    typed = {"subject": "Hi", "body": "Hello\n{{ config.SECRET_KEY }}", "ticket_id": str(ticket)}
    answer = admin.post(WORDS, data=typed)
    assert answer.status_code == 422
    assert "Line 2" in answer.text
    shown = admin.post(f"{WORDS}/preview", data=typed)
    assert shown.status_code == 200
    assert "Line 2" in shown.text


def test_a_preview_shows_no_ticket_that_its_reader_may_not_see(desk: Desk, admin: FlaskClient) -> None:
    typed = {"subject": "Hi", "body": "{{ ticket.subject }}", "ticket_id": "4711"}
    assert "Choose a ticket" in admin.post(f"{WORDS}/preview", data=typed).text


def test_the_test_button_says_what_the_server_said(admin: FlaskClient, mailbox: MailSink) -> None:
    assert admin.post(f"{BASE}/sending/test", data={"address": "ada@example.test"}).status_code == 303
    assert [mail["X-Recipients"] for mail in mailbox] == ["ada@example.test"]
    mailbox.refused.add("gone@example.test")
    answer = admin.post(f"{BASE}/sending/test", data={"address": "gone@example.test"})
    assert (answer.status_code, "550 nobody" in answer.text) == (422, True)
    answer = admin.post(f"{BASE}/sending/test", data={"address": "a@example.test\r\nBcc: b@example.test"})
    assert (answer.status_code, len(mailbox)) == (422, 1)


def test_the_sender_is_chosen_and_checked(desk: Desk, admin: FlaskClient) -> None:
    """OK-180."""
    form = {"sender_name": "Desk", "reply_to": "no address", "company_mode": "always", "digest_after": "5"}
    answer = admin.post(f"{BASE}/sending", data=form)
    assert answer.status_code == 422
    assert admin.post(f"{BASE}/sending", data={**form, "reply_to": "a@b.test"}).status_code == 303
    with reading() as session:
        options = read_options(session)
    assert (options.sender_name, options.company_mode, options.digest_after) == ("Desk", "always", 5)
    with unit_of_work() as session:
        save_options(session, {"sender_name": ""}, actor=desk.admin)


def test_further_addresses_stand_on_the_contacts_page(app: Flask, desk: Desk, admin: FlaskClient) -> None:
    """OK-151."""
    page = f"{BASE}/contacts/{desk.customer.id}"
    assert admin.post(page, data={"addresses": "boss@customer.test\r\noffice@customer.test"}).status_code == 303
    card = admin.get(f"/contacts/{desk.customer.id}").text
    assert "boss@customer.test" in card
    assert "office@customer.test" in card
    assert admin.post(page, data={"addresses": "boss"}).status_code == 422
    client = app.test_client()
    sign_in(app, client, desk.outsider)
    assert client.get(page).status_code in (403, 404)


def test_the_picker_offers_colleagues_and_contacts_of_the_tickets_company(
    desk: Desk, admin: FlaskClient, make_contact: MakeContact
) -> None:
    """OK-073: contacts of another company are not offered."""
    make_contact("Mei Colleague", company_id=desk.company_id)
    ticket = desk.ticket(company_id=desk.company_id)
    page = admin.get(f"/tickets/{ticket}").text
    for name in ("Ivan Insider", "Chandra Customer", "Mei Colleague"):
        assert f'data-insert-text="@{name} "' in page
    assert 'data-insert-text="@Siti Stranger "' not in page


def test_all_mail_goes_through_the_server_that_was_chosen(
    app: Flask, admin: FlaskClient, mailbox: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its password is a reference, its certificate counts."""
    port = app.config["HELPDESK_MAIL_URL"].rpartition(":")[2]
    monkeypatch.setitem(app.config, "HELPDESK_MAIL_URL", "null://")
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    form = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_username": ""}
    for name, wrong in (
        ("smtp_password", "s3cret"),
        ("smtp_password", "env:SECRET_KEY"),
        ("smtp_host", "a b"),
        ("smtp_port", "0"),
        ("smtp_security", "x"),
    ):
        assert admin.post(f"{BASE}/sending/server", data={**form, name: wrong}).status_code == 422
    saved = admin.post(f"{BASE}/sending/server", data={**form, "smtp_password": "env:MAIL_PASSWORD"})
    assert saved.status_code == 303
    chosen = configured_server()
    assert chosen is not None
    assert (chosen.password, chosen.verify) == ("s3cret", True)
    assert "s3cret" not in admin.get(f"{BASE}/sending").text
    assert admin.post(f"{BASE}/sending/test", data={"address": "ada@example.test"}).status_code == 303
    assert len(mailbox) == 1
    admin.post(f"{BASE}/sending/server", data={**form, "smtp_host": ""})
    assert configured_server() is None
    assert admin.post(f"{BASE}/sending/test", data={"address": "ada@example.test"}).status_code == 422


def test_who_manages_notices_does_not_choose_the_server(app: Flask, desk: Desk) -> None:
    """It would read all mail, links for new passwords included."""
    with unit_of_work() as session:
        right = text(
            "INSERT INTO role_grant (role_id, permission, reach) SELECT id, :right, 'all' FROM role WHERE key = :k"
        )
        session.execute(right, {"right": "notifications:mail:manage", "k": "core.lead"})
        session.execute(text("UPDATE reference_version SET version = version + 1"))
    client = app.test_client()
    sign_in(app, client, desk.lead)
    page = client.get(f"{BASE}/sending")
    assert page.status_code == 200
    assert 'data-form="server"' not in page.text
    with unit_of_work() as session, pytest.raises(Forbidden):
        save_options(session, {"smtp_host": "evil.example"}, actor=desk.lead)
    assert client.post(f"{BASE}/sending/server", data={"smtp_host": "evil.example"}).status_code == 403
