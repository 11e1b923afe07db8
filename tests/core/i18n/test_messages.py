"""Refusals of services: English to programs, the reader's language on his page."""

from __future__ import annotations

import json

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import force_locale

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.contract.messages import message, message_n, translated
from helpdesk_core.customers.commands import ContactValues
from helpdesk_core.customers.services import create_contact
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.testing import Desk, sign_in
from helpdesk_core.tickets.commands import TransitionTicket
from helpdesk_core.tickets.services import get_ticket, transition_ticket
from helpdesk_core.users.models import Employee

pytestmark = pytest.mark.wording


def test_a_message_is_its_english_text_to_everything_but_a_template() -> None:
    """Logs, commands, JSON and comparisons see an ordinary string."""
    text = message("At most %(limit)d characters.", limit=7)
    assert text == "At most 7 characters."
    assert json.dumps([text]) == '["At most 7 characters."]'
    assert str(Invalid({"name": [text]})) == "name: At most 7 characters."
    assert str(Rejected(message("100% sure"))) == "100% sure"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["At most 7 characters.", "in 1 day", "in 2 days", "in 5 days"]),
        ("ru", ["Не более 7 знаков.", "1 день", "2 дня", "5 дней"]),
        ("ms", ["Paling banyak 7 aksara.", "1 hari", "2 hari", "5 hari"]),
        ("ar", ["\u200f7 حرفًا على الأكثر.", "يوم واحد", "يومين", "5 أيام"]),
    ],
)
def test_a_template_shows_it_in_the_readers_language(app: Flask, language: str, said: list[str]) -> None:
    """With the forms of number that the language has."""
    texts = [message("At most %(limit)d characters.", limit=7)]
    texts += [message_n("%(num)d day", "%(num)d days", number) for number in (1, 2, 5)]
    with app.test_request_context(), force_locale(language):
        shown = render_template_string("{% for text in texts %}{{ text }}|{% endfor %}", texts=texts).split("|")[:-1]
        assert [translated(text) for text in texts] == shown
    assert shown == [text.removeprefix("in ") for text in said]


def test_what_was_typed_into_a_message_cannot_be_markup(app: Flask) -> None:
    """T-01: values are escaped with the text around them, joined ones too."""
    text = message("“%(status)s” is final: it is never left.", status="<b>x</b>")
    with app.test_request_context(), force_locale("ru"):
        for template in ("{{ text }}", "{{ [text]|join(' ') }}", "{{ text ~ '' }}"):
            shown = render_template_string(template, text=text)
            assert "&lt;b&gt;" in shown
            assert "конечный" in shown


def test_a_refused_form_speaks_the_readers_language(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """The same refusal is English for who calls the service."""
    with pytest.raises(Invalid) as refusal, unit_of_work() as session:
        create_contact(session, ContactValues(name="Ivan", email="nowhere"), actor=SYSTEM)
    assert refusal.value.errors == {"email": ["This is not an e-mail address."]}
    sign_in(app, client, desk.admin)
    with unit_of_work() as session:
        session.get_one(Employee, desk.admin.id).language = "ru"
    typed = {"name": "Ivan", "email": "nowhere", "timezone": "UTC", "language": "en"}
    answer = client.post("/contacts/new", data=typed)
    assert answer.status_code == 422
    assert "Это не адрес электронной почты." in answer.text
    assert "This is not an e-mail address." not in answer.text


def test_a_rejected_step_speaks_the_readers_language(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """On the page of the refusal, which is another template."""
    number = desk.ticket()
    with unit_of_work() as session:
        session.get_one(Employee, desk.admin.id).language = "ms"
        for status in ("service_desk.resolved", "service_desk.closed"):
            ticket = get_ticket(session, number, actor=SYSTEM)
            transition_ticket(session, ticket, TransitionTicket(to=status), actor=SYSTEM)
    sign_in(app, client, desk.admin)
    answer = client.post(f"/tickets/{number}/transition", data={"to": "service_desk.open"})
    assert answer.status_code == 409
    assert "muktamad" in answer.text
