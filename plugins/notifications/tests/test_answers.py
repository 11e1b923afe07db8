"""Notices and the answers to them: mails that went out are answered by mail."""

from __future__ import annotations

import io
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, MailSink, journal, run_jobs
from helpdesk_core.toolkit import Comment, Ticket, key_of, reading, receive_mail

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

Told = Callable[[], list[str]]


def answer(notice: EmailMessage, *, sender: str, text: str = "Thank you.", subject: str | None = None,
           headers: str = "", thread: bool = True) -> None:  # fmt: skip
    """Answer to a notice as a mail program does, and hand the answer in."""
    name = notice["Message-ID"]
    threaded = f"In-Reply-To: {name}\nReferences: {notice['References'] or ''} {name}\n" if thread else ""
    raw = (
        f"From: {sender}\nSubject: {subject or 'Re: ' + notice['Subject']}\nMessage-ID: <{sender}.{len(text)}@x>\n"
        f"{threaded}{headers}\n{text}\n"
    )
    receive_mail(io.BytesIO(raw.encode()))


def comments() -> list[tuple[str, str, bool]]:
    """Author, text and whether it is internal, of every comment."""
    with reading() as session:
        return [(one.author_label, one.body, one.internal) for one in session.query(Comment).order_by(Comment.id)]


def to(mailbox: MailSink, name: str) -> EmailMessage:
    return next(mail for mail in mailbox if str(mail["X-Recipients"]).startswith(name))


def test_a_conversation_by_mail(app: Flask, desk: Desk, told: Told, mailbox: MailSink) -> None:
    """T-12, T-30: a mail is acknowledged, answers reach the other side, an answer to an internal note stays inside."""
    first = "From: Chandra <chandra@customer.test>\nSubject: Till\nMessage-ID: <1@c.test>\n\nIt is silent.\n"
    ticket_id = 1
    receive_mail(io.BytesIO(first.encode()))
    assert told() == ["chandra"]
    acknowledged = to(mailbox, "chandra")
    assert (acknowledged["Auto-Submitted"], key_of(acknowledged["Message-ID"]) is not None) == ("auto-generated", True)
    desk.comment(ticket_id, "Which one?", actor=desk.lead)
    assert told() == ["chandra"]
    answer(to(mailbox, "chandra"), sender="chandra@customer.test", text="The left one.")
    desk.comment(ticket_id, "@Ada Admin what do you think?", internal=True, actor=desk.lead)
    assert told() == ["ada"]
    answer(to(mailbox, "ada"), sender="ada@example.test", text="Between us: replace it.")
    assert comments()[1:] == [
        ("Chandra Customer", "The left one.", False),
        ("Lee Lead", "@Ada Admin what do you think?", True),
        ("Ada Admin", "Between us: replace it.", True),
    ]
    assert "chandra" not in told()


def test_a_colleague_answers_by_subject_alone(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """T-20: where a program drops the thread, the mark of the subject says who he is; no customer has that mark."""
    ticket = desk.ticket(assignee_id=desk.insider.id)
    told()
    mine, theirs = to(mailbox, "ivan"), to(mailbox, "chandra")
    answer(mine, sender="ivan@example.test", thread=False)
    answer(theirs, sender="ivan@example.test", text="I am Ivan.", thread=False)
    assert comments() == [
        ("Ivan Insider", "Thank you.", False),
        ("unknown sender ivan@example.test", "I am Ivan.", True),
    ]
    assert journal(ticket) == ["ticket.created", "comment.added", "comment.added"]


@pytest.mark.parametrize("who", ["ivan@example.test", "chandra@customer.test"])
def test_who_is_away_is_heard_and_not_answered(desk: Desk, told: Told, mailbox: MailSink, who: str) -> None:
    """T-26, T-27, T-28: two robots do not talk to each other."""
    desk.ticket(assignee_id=desk.insider.id)
    assert told() == ["chandra", "ivan"]
    away = to(mailbox, who.partition("@")[0])
    answer(away, sender=who, text="I am away.", headers="Auto-Submitted: auto-replied\n")
    assert told() == []
    assert comments() == [(who, "I am away.", True)]


def test_two_desks_that_write_to_each_other_come_to_an_end(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """T-28: the acknowledgement of one is no reason for another."""
    raw = "From: other@desk.test\nSubject: Till\nMessage-ID: <1@desk.test>\n\nHello\n"
    receive_mail(io.BytesIO(raw.encode()))
    assert told() == ["other"]
    mail = to(mailbox, "other")
    theirs = f"[#9-abcdefgh] We have your request: {mail['Subject']}"
    answer(mail, sender="other@desk.test", subject=theirs, headers="Auto-Submitted: auto-generated\n")
    assert told() == []


def test_a_flood_of_one_sender_is_stored_and_hardly_answered(app: Flask, desk: Desk, mailbox: MailSink) -> None:
    """T-29: twenty mails are twenty tickets."""
    for number in range(20):
        raw = f"From: siti@customer.test\nSubject: Mail {number}\nMessage-ID: <{number}@c.test>\n\nHello\n"
        receive_mail(io.BytesIO(raw.encode()))
    run_jobs(app)
    assert (len(mailbox), len(mailbox.to("siti@customer.test"))) == (5, 5)
    with reading() as session:
        assert session.query(Ticket).count() == 20


def test_an_alarm_is_told_to_colleagues_alone(desk: Desk, told: Told) -> None:
    """T-26: a ticket without an acknowledgement."""
    raw = "From: chandra@customer.test\nSubject: Disk full\nMessage-ID: <1@c.test>\nPrecedence: bulk\n\n95 %\n"
    receive_mail(io.BytesIO(raw.encode()))
    assert (told(), journal(1)) == ([], ["ticket.created"])
