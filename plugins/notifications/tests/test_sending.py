"""Sending: at least once whatever dies, one thread a ticket, nobody waits for another, many come as one."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask

from helpdesk_core.testing import Clock, Desk, MailSink, run_jobs
from helpdesk_core.toolkit import (
    Contact,
    Employee,
    Manifest,
    Plugin,
    PluginContext,
    Ticket,
    hookimpl,
    key_of,
    message_id,
    ticket_of,
    unit_of_work,
)
from helpdesk_notifications.api import Channel, Message, Recipient
from helpdesk_notifications.options import save_options
from helpdesk_notifications.plugin import NotificationsPlugin
from helpdesk_notifications.testing import notices
from helpdesk_notifications.wording import Words, save_wording

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

Told = Callable[[], list[str]]


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_mail_is_signed_marked_and_in_its_thread(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """T-30."""
    with unit_of_work() as session:
        values = {"sender_name": "Kopi Desk", "reply_to": "answers@desk.test"}
        save_options(session, values, actor=desk.admin)
    ticket = desk.ticket()
    desk.comment(ticket, "Turn **it** over")
    told()
    first, second = mailbox
    assert {ticket_of(mail["Subject"]) for mail in mailbox} == {ticket}
    assert first["Message-ID"] != second["Message-ID"]
    assert all(key_of(mail["Message-ID"]) for mail in mailbox)
    assert {mail["References"] for mail in mailbox} == {message_id(f"ticket.{ticket}")}
    assert (second["Auto-Submitted"], second["Reply-To"]) == ("auto-generated", "answers@desk.test")
    assert second["From"].addresses[0].display_name == "Kopi Desk"
    assert "Turn **it** over" in body(second)
    assert "Turn <strong>it</strong> over" in body(second, "html")
    assert "(((" not in body(second, "html")


def test_no_subject_or_name_adds_a_header(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """T-68."""
    evil = "Till\r\nBcc: victim@example.test"
    with unit_of_work() as session:
        session.get_one(Contact, desk.customer.id).name = evil
    number = desk.ticket()
    with unit_of_work() as session:
        session.get_one(Ticket, number).subject = evil
    assert told() == ["chandra"]
    assert mailbox[0]["Bcc"] is None
    assert "victim@example.test" in mailbox[0]["Subject"]


def test_a_server_that_breaks_off_loses_nothing(app: Flask, desk: Desk, mailbox: MailSink, clock: Clock) -> None:
    """F-03, F-10: the second copy has the name of the first."""
    mailbox.broken = 1
    desk.ticket()
    run_jobs(app)
    assert [notice.sent_at for notice in notices()] == [None]
    clock.advance(minutes=2)
    run_jobs(app)
    assert len({mail["Message-ID"] for mail in mailbox}) == 1
    assert len(mailbox) == 2
    assert notices()[0].sent_at is not None
    clock.advance(days=1)
    run_jobs(app)
    assert len(mailbox) == 2


def test_an_address_that_is_gone_stops_nobody_else_and_shows_on_the_ticket(
    app: Flask, desk: Desk, told: Told, mailbox: MailSink
) -> None:
    """F-10."""
    from helpdesk_core.testing import sign_in

    mailbox.refused.add("chandra@customer.test")
    ticket = desk.ticket(assignee_id=desk.insider.id)
    assert told() == ["ivan"]
    assert ["550" in notice.error for notice in notices() if notice.recipient.startswith("contact:")] == [True]
    client = app.test_client()
    sign_in(app, client, desk.admin)
    assert "550 nobody of that name" in client.get(f"/tickets/{ticket}").text


def test_everybody_reads_his_own_language(desk: Desk, told: Told, mailbox: MailSink) -> None:
    with unit_of_work() as session:
        session.get_one(Employee, desk.insider.id).language = "ms"
        session.get_one(Contact, desk.customer.id).language = "ru"
    desk.ticket(assignee_id=desk.insider.id)
    told()
    (customer,) = mailbox.to("chandra@customer.test")
    (colleague,) = mailbox.to("ivan@example.test")
    assert "Ваша заявка принята" in customer["Subject"]
    assert "Номер вашей заявки" in body(customer)
    assert "Tiket baharu" in body(colleague)


def test_a_letter_in_arabic_runs_from_right_to_left(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """The design is one for all; the text in it says its language, and English stays as it is."""
    with unit_of_work() as session:
        session.get_one(Contact, desk.customer.id).language = "ar"
    desk.ticket(assignee_id=desk.insider.id)
    told()
    (customer,) = mailbox.to("chandra@customer.test")
    (colleague,) = mailbox.to("ivan@example.test")
    assert "استلمنا طلبك" in customer["Subject"]
    assert '<div lang="ar" dir="rtl">' in body(customer, "html")
    assert '<div lang="en" dir="ltr">' in body(colleague, "html")


def test_own_words_are_said_and_broken_ones_give_way(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """UR-27."""
    with unit_of_work() as session:
        words = Words("Hello {{ recipient.name }}", "We got **{{ ticket.subject }}**.")
        save_wording(session, ("created", "contact", "en"), words, actor=desk.admin)
    desk.ticket(subject="A <b> till")
    told()
    assert mailbox[0]["Subject"].endswith("Hello Chandra Customer")
    assert "We got <strong>A &lt;b&gt; till</strong>." in body(mailbox[0], "html")
    with unit_of_work() as session:  # as an older version may have left it
        from helpdesk_notifications.models import Wording

        session.get_one(Wording, ("created", "contact", "en")).body = "{{ gone.variable }}"
    desk.ticket()
    assert told() == ["chandra"]
    assert "thank you for writing to us" in body(mailbox[0])


def test_many_notices_come_as_one(app: Flask, desk: Desk, told: Told, mailbox: MailSink, clock: Clock) -> None:
    with unit_of_work() as session:
        save_options(session, {"digest_after": 3}, actor=desk.admin)
    ticket = desk.ticket(contact_id=None, assignee_id=desk.insider.id)
    for index in range(7):
        desk.comment(ticket, f"Comment number {index}")
        told()
    del mailbox[:]
    clock.advance(minutes=11)
    run_jobs(app)
    (digest,) = mailbox
    assert digest["Subject"] == "5 new notices"
    assert all(f"Comment number {index}" in body(digest) for index in range(2, 7))
    assert all(notice.sent_at for notice in notices())
    clock.advance(hours=2)
    run_jobs(app)
    assert len(mailbox) == 1


SENT: list[Message] = []


class PagerPlugin(Plugin):
    name = "pager"
    manifest = Manifest(name="pager", summary="beeps", api=">=1.0,<2", uses=("notifications",))

    @hookimpl(optionalhook=True)
    def helpdesk_notifications_channels(self) -> list[Channel]:
        return [
            Channel(key="pager", label="Pager", address=lambda session, one: f"#{one.key}", send=SENT.append),
        ]

    @hookimpl(optionalhook=True)
    def helpdesk_notifications_recipients(self, ticket: Ticket) -> list[Recipient]:
        boss = Recipient(key="address:boss@customer.test", audience="observer", name="Boss", language="en",
                         email="boss@customer.test")  # fmt: skip
        return [boss]


@pytest.mark.helpdesk(plugins=["notifications", PagerPlugin])
def test_hook_helpdesk_notifications_channels_and_recipients(desk: Desk, told: Told) -> None:
    """Another plugin reaches people its own way, and names further ones; an internal note is not for those."""
    SENT.clear()
    ticket = desk.ticket(contact_id=None, assignee_id=desk.insider.id)
    assert told() == ["boss", "ivan"]
    assert {message.to for message in SENT} == {f"#employee:{desk.insider.id}", "#address:boss@customer.test"}
    SENT.clear()
    desk.comment(ticket, "CANARY", internal=True)
    assert told() == ["ivan"]
    assert [message.to for message in SENT] == [f"#employee:{desk.insider.id}"]


def test_the_demonstration_shows_a_site_of_its_own_and_keeps_to_it(desk: Desk, told: Told, mailbox: MailSink) -> None:
    for _ in range(2):
        with unit_of_work() as session:
            context = PluginContext(name="notifications", session=session, actor=desk.admin, settings=None)
            NotificationsPlugin().on_demo(context)
            save_options(session, {"digest_after": 7}, actor=desk.admin)
    desk.ticket()
    told()
    assert "we are on it" in mailbox[0]["Subject"]
