"""The kit's own parts: what they promise to the author of a plugin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk_core import testing
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.contract.specs import TicketDraft
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.mail.message import Mail
from helpdesk_core.mail.port import mailer
from helpdesk_core.testing import Clock, HookCalls, MailSink, MakeTicket, count_queries
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import create_ticket


class Gate(Plugin):
    """Lets no ticket in that is called closed."""

    name = "gate"

    @hookimpl
    def helpdesk_before_ticket_create(self, draft: TicketDraft) -> None:
        if draft.subject == "closed":
            raise Rejected("The gate is closed")


def test_every_name_of_the_kit_is_there() -> None:
    for name in testing.__all__:
        assert getattr(testing, name) is not None
    with pytest.raises(AttributeError):
        _ = testing.nothing


def test_the_clock_stands_until_it_is_moved(clock: Clock) -> None:
    start = utcnow()
    assert utcnow() == start == clock.now
    assert clock.advance(hours=2) == start + timedelta(hours=2)
    clock.move_to(datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert utcnow() == datetime(2026, 3, 1, 9, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        clock.move_to(datetime(2026, 3, 1, 9))  # noqa: DTZ001


def test_mails_arrive_by_real_smtp(app: Flask, mailbox: MailSink) -> None:
    with app.app_context():
        mailer().send(Mail(to="ada@example.test", subject="Hello", text="Text of the mail"))
    assert [mail["Subject"] for mail in mailbox.to("ada@example.test")] == ["Hello"]
    assert "Text of the mail" in mailbox[0].get_content()
    assert mailbox.to("nobody@example.test") == []
    assert app.config["HELPDESK_MAIL_URL"].startswith("smtp://127.0.0.1:")


def test_statements_are_counted_without_what_is_around_them(app: Flask, make_ticket: MakeTicket) -> None:
    make_ticket()
    with app.app_context():
        with count_queries() as sent, reading() as session:
            session.scalars(select(Ticket)).all()
        with count_queries(app) as nothing:
            pass
    assert len(sent) == 1, sent
    assert "FROM ticket" in str(sent)
    assert list(nothing) == []


@pytest.mark.helpdesk(plugins=[Gate])
def test_hooks_are_recorded_and_still_answered(app: Flask, hook_calls: HookCalls) -> None:
    with app.app_context():
        with unit_of_work() as session:
            create_ticket(session, CreateTicket(subject="open"), actor=SYSTEM)
        with pytest.raises(Rejected, match="closed"), unit_of_work() as session:
            create_ticket(session, CreateTicket(subject="closed"), actor=SYSTEM)
    drafts = [call["draft"].subject for call in hook_calls.of("helpdesk_before_ticket_create")]
    assert drafts == ["open", "closed"]
    assert hook_calls.names().count("helpdesk_ticket_created") == 1


@pytest.mark.helpdesk(plugins=[Gate], config={"HELPDESK_BASE_URL": "https://desk.example.test"})
def test_the_marker_gives_plugins_and_configuration(app: Flask) -> None:
    assert list(app.extensions["helpdesk"].plugins) == ["gate"]
    assert app.config["PREFERRED_URL_SCHEME"] == "https"
    app.config["LEFT_BEHIND"] = True


@pytest.mark.helpdesk(plugins=[Gate], config={"HELPDESK_BASE_URL": "https://desk.example.test"})
def test_each_test_begins_clean(app: Flask) -> None:
    assert "LEFT_BEHIND" not in app.config
    with app.app_context(), reading() as session:
        assert session.scalars(select(Ticket)).all() == []


def test_without_the_marker_there_is_no_plugin(app: Flask, database_url: str) -> None:
    assert dict(app.extensions["helpdesk"].plugins) == {}
    assert app.config["HELPDESK_DATABASE_URL"] == database_url


def _greeting(word: str) -> type[Plugin]:
    class Greeting(Plugin):
        """Says a word."""

        name = "greeting"
        text = word

    return Greeting


@pytest.mark.parametrize(
    "word",
    [
        pytest.param(word, marks=pytest.mark.helpdesk(plugins=[_greeting(word)]))
        for word in ("hello", "goodbye")
    ],
)  # fmt: skip
def test_two_plugins_of_one_name_have_an_app_each(app: Flask, word: str) -> None:
    plugin: Any = app.extensions["helpdesk"].plugins["greeting"].instance
    assert plugin.text == word
