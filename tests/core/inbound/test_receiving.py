"""What a mail becomes: whose, on which ticket, seen by whom."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from helpdesk_core.customers.models import Contact
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.inbound.models import HELD, IGNORED, SETTLED, InboundMail
from helpdesk_core.inbound.placing import ACKNOWLEDGED
from helpdesk_core.mail.message import answer_key, message_id, ticket_token
from helpdesk_core.storage.local import storage
from helpdesk_core.testing import Desk, journal
from helpdesk_core.tickets.commands import TransitionTicket
from helpdesk_core.tickets.comments import redact_comment
from helpdesk_core.tickets.models import Comment, Ticket
from helpdesk_core.tickets.services import get_ticket, transition_ticket
from tests.core.inbound.conftest import Receive
from tests.core.inbound.letters import mail


def ticket_of(row: InboundMail) -> Ticket:
    with reading() as session:
        return session.get_one(Ticket, row.ticket_id)


def comment_of(row: InboundMail) -> Comment:
    with reading() as session:
        return session.get_one(Comment, row.comment_id)


def count(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def audience(ticket_id: int | None) -> str:
    with reading() as session:
        created = select(EventRow.audience).where(EventRow.name == "ticket.created", EventRow.ticket_id == ticket_id)
        return session.scalars(created).one()


def answer(ticket: int, *, person: str = "", internal: bool = False, **values: str) -> bytes:
    """A mail whose subject carries the mark that *person* was sent."""
    return mail(subject=f"Re: {ticket_token(ticket, person, internal=internal)} Till prints nothing", **values)


def test_a_mail_of_a_contact_is_his_ticket(desk: Desk, receive: Receive) -> None:
    """OK-001, OK-002, OK-122, OK-123: whatever case the address is written in."""
    row = receive(mail("The till is silent.", sender="CHANDRA@Customer.Test", subject="Till"))
    ticket = ticket_of(row)
    assert (row.state, ticket.contact_id, ticket.company_id) == (SETTLED, desk.customer.id, desk.company_id)
    assert (ticket.subject, ticket.description) == ("Till", "The till is silent.")
    assert (ticket.registration_method, ticket.author_contact_id) == ("mail", desk.customer.id)
    assert (audience(ticket.id), journal(ticket.id)) == ("customer", ["ticket.created"])


def test_a_stranger_becomes_a_contact_of_no_company(desk: Desk, receive: Receive) -> None:
    before = count(Contact)
    ticket = ticket_of(receive(mail("Не работает касса", sender="=?utf-8?b?0JDQvdC90LA=?= <anna@shop.test>")))
    with reading() as session:
        contact = session.get_one(Contact, ticket.contact_id)
    assert (contact.name, contact.email, contact.company_id) == ("Анна", "anna@shop.test", None)
    assert contact.language == "ru"
    receive(mail("And again", sender="anna@shop.test", message_id="<two@shop.test>"))
    assert count(Contact) == before + 1


@pytest.mark.parametrize("by", ["token", "thread", "message"])
def test_an_answer_is_a_public_comment_of_the_contact(desk: Desk, receive: Receive, by: str) -> None:
    """OK-126, OK-127: a token in the subject, or the Message-ID of a mail of ours."""
    ticket = desk.ticket()
    token = ticket_token(ticket) if by == "token" else ""
    keys = {"thread": f"ticket.{ticket}", "message": answer_key(ticket, f"contact:{desk.customer.id}", "job-7")}
    headers = f"References: <a@b.test>\n {message_id(keys[by])}\n" if by in keys else ""
    comment = comment_of(receive(mail(subject=f"VS: Re: {token} anything", headers=headers)))
    assert (comment.ticket_id, comment.internal, comment.body) == (ticket, False, "It works again.")
    assert (comment.author_contact_id, comment.registration_method) == (desk.customer.id, "mail")


def test_a_colleague_answers_by_the_mail_that_he_was_sent(desk: Desk, receive: Receive) -> None:
    """T-12: the answer to a notice of an internal note is one."""
    ticket, me = desk.ticket(), f"employee:{desk.admin.id}"
    public = comment_of(receive(answer(ticket, person=me, sender="Ada <ada@example.test>")))
    assert (public.author_employee_id, public.internal) == (desk.admin.id, False)
    note = comment_of(
        receive(answer(ticket, person=me, internal=True, sender="ada@example.test", message_id="<2@example.test>"))
    )
    assert (note.author_employee_id, note.internal) == (desk.admin.id, True)
    reference = f"In-Reply-To: {message_id(answer_key(ticket, me, 'job-9', internal=True))}\n"
    third = mail(sender="ada@example.test", headers=reference, message_id="<3@example.test>")
    assert comment_of(receive(third)).internal is True


def test_nobody_becomes_a_colleague_by_an_address(desk: Desk, receive: Receive) -> None:
    """T-20, T-22: not by the mark of a customer's mail, nor by that of another colleague, nor by a forged one."""
    ticket = desk.ticket()
    forged = ticket_token(ticket, f"employee:{desk.admin.id}")[:-3] + "aa]"
    marks = [ticket_token(ticket), ticket_token(ticket, f"employee:{desk.lead.id}"), forged]
    for number, mark in enumerate(marks):
        raw = mail(subject=f"Re: {mark}", sender="ada@example.test", message_id=f"<{number}@x.test>")
        comment = comment_of(receive(raw))
        assert (comment.internal, comment.author_employee_id) == (True, None), mark
        assert comment.author_label == "unknown sender ada@example.test"
    stolen = message_id(answer_key(ticket, f"employee:{desk.admin.id}", "job-1")).replace("job-1", "job-2")
    row = receive(mail(sender="ada@example.test", headers=f"In-Reply-To: {stolen}\n", message_id="<9@x.test>"))
    opened = ticket_of(row)
    assert (opened.id == ticket, opened.author_employee_id, opened.contact_id) == (False, None, None)
    assert audience(opened.id) == "internal"


def test_a_colleague_who_may_no_longer_see_the_ticket_writes_nothing_there(desk: Desk, receive: Receive) -> None:
    """T-10: the mail is held, and tells so."""
    ticket = desk.ticket()
    raw = answer(ticket, person=f"employee:{desk.outsider.id}", sender="olga@example.test")
    row = receive(raw)
    assert (row.state, row.comment_id, journal(ticket)) == (HELD, None, ["ticket.created"])
    assert "not found" in row.why


def test_the_mark_gives_a_stranger_no_rights(desk: Desk, receive: Receive) -> None:
    """T-21: he is shown to colleagues alone, becomes nobody here, and is told nothing."""
    ticket, before = desk.ticket(), count(Contact)
    comment = comment_of(receive(answer(ticket, sender="Eve <eve@evil.test>")))
    assert (comment.internal, comment.author_label) == (True, "unknown sender Eve <eve@evil.test>")
    assert (comment.author_contact_id, comment.author_employee_id, count(Contact)) == (None, None, before)


def test_the_mark_of_anothers_ticket_does_not_append(desk: Desk, receive: Receive) -> None:
    """OK-132, T-18: another customer's answer is a ticket of his own, and its subject leads nowhere else."""
    ticket = desk.ticket()
    row = receive(answer(ticket, sender="siti@customer.test"))
    opened = ticket_of(row)
    assert (opened.contact_id, opened.subject) == (desk.stranger.id, "Re: Till prints nothing")
    assert journal(ticket) == ["ticket.created"]


@pytest.mark.parametrize("subject", ["Re: [#1]", "Re: [#1-aaaaaaaa]", "Re: [#1-aaaaaaaabbbbbbbb]", "Re: #1"])
def test_a_guessed_number_is_no_mark(desk: Desk, receive: Receive, subject: str) -> None:
    """T-25, OK-132."""
    assert desk.ticket() == 1
    assert ticket_of(receive(mail(subject=subject))).id != 1
    assert journal(1) == ["ticket.created"]


def test_an_answer_opens_a_finished_ticket_again_or_starts_another(desk: Desk, receive: Receive) -> None:
    """Decision 2, by mail as on the pages; a vacation notice does not (T-27)."""
    ticket = desk.ticket()

    def go(*path: str) -> None:
        with unit_of_work() as session:
            for key in path:
                row = get_ticket(session, ticket, actor=desk.admin, lock=True)
                transition_ticket(session, row, TransitionTicket(to=f"service_desk.{key}"), actor=desk.admin)

    go("resolved")
    away = receive(answer(ticket, message_id="<0@c.test>", headers="Auto-Submitted: auto-replied\n"))
    assert (comment_of(away).internal, ticket_of(away).status_key) == (True, "service_desk.resolved")
    assert ticket_of(receive(answer(ticket))).status_key == "service_desk.open"
    go("resolved", "closed")
    row = receive(answer(ticket, message_id="<2@c.test>"))
    follower = ticket_of(row)
    assert (follower.id == ticket, follower.registration_method) == (False, "mail")
    assert comment_of(row).ticket_id == follower.id


ROBOTS = {
    "vacation": "Auto-Submitted: auto-replied\n",
    "alarm": "Auto-Submitted: auto-generated\n",
    "second precedence": "Precedence: first-class\nPrecedence: bulk\n",
    "list": "List-Id: <news.shop.test>\n",
    "outlook": "X-Auto-Response-Suppress: All\n",
    "nobody": "Return-Path: <>\n",
    "junk": "Precedence: junk\n",
    "autoreply": "X-Autoreply: yes\n",
}


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_is_told_nothing(desk: Desk, receive: Receive, kind: str) -> None:
    """T-26: its mail is an internal remark, or a ticket that no customer is told of, or kept and nothing else."""
    ticket, before = desk.ticket(), count(Contact)
    remark = comment_of(receive(answer(ticket, headers=ROBOTS[kind])))
    assert (remark.internal, remark.author_contact_id, remark.ticket_id) == (True, None, ticket)
    with reading() as session:
        told = session.scalars(select(EventRow).where(EventRow.name == "comment.added")).one()
    assert (told.audience, told.after["quiet"]) == ("internal", True)
    row = receive(mail(sender="robot@shop.test", message_id="<r@shop.test>", headers=ROBOTS[kind]))
    assert (row.automatic, count(Contact)) == (True, before)
    assert row.state == IGNORED or audience(row.ticket_id) == "internal"


def test_our_own_mail_that_comes_back_is_nothing(desk: Desk, receive: Receive) -> None:
    """T-26: a forwarding rule that leads back here."""
    ticket = desk.ticket()
    row = receive(answer(ticket, message_id=message_id("job-1")))
    assert (row.state, row.ticket_id, journal(ticket)) == (IGNORED, None, ["ticket.created"])


def test_a_bounce_is_a_remark_on_its_ticket(desk: Desk, receive: Receive) -> None:
    """T-27: found by what the report quotes; no bounce of nothing opens a ticket."""
    ticket, tickets = desk.ticket(), count(Ticket)
    ours = message_id(answer_key(ticket, f"contact:{desk.customer.id}", "job-3"))
    report = (
        "From: MAILER-DAEMON@mx.test\nTo: helpdesk@localhost\nSubject: Undelivered Mail\nMessage-ID: <{id}@mx.test>\n"
        'Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\n\nNobody of that name.\n\n--b\nContent-Type: message/delivery-status\n\nStatus: 5.1.1\n\n"
        "--b\nContent-Type: text/rfc822-headers\n\nFrom: helpdesk@localhost\nMessage-ID: {ours}\n\n--b--\n"
    )
    remark = comment_of(receive(report.format(id="1", ours=ours).encode()))
    assert (remark.ticket_id, remark.internal) == (ticket, True)
    assert "Nobody of that name." in remark.body
    assert receive(report.format(id="2", ours="<other@mx.test>").encode()).state == IGNORED
    assert count(Ticket) == tickets


def test_acknowledgements_to_one_sender_are_few(desk: Desk, receive: Receive) -> None:
    """T-28, T-29: every mail is a ticket, few of them are told of."""
    rows = [receive(mail(message_id=f"<{number}@c.test>")) for number in range(ACKNOWLEDGED + 3)]
    told = [audience(row.ticket_id) for row in rows]
    assert told == ["customer"] * ACKNOWLEDGED + ["internal"] * 3


def test_words_of_commands_in_a_mail_are_words(desk: Desk, receive: Receive) -> None:
    """T-23."""
    ticket = desk.ticket()
    receive(answer(ticket, text="status: closed\nassign: ada\n#close", headers="X-Status: closed\n"))
    assert journal(ticket) == ["ticket.created", "comment.added"]


def test_what_was_removed_from_a_comment_is_not_in_its_mail_either(desk: Desk, receive: Receive) -> None:
    """OK-071: removing is for good."""
    row = receive(answer(desk.ticket()))
    with unit_of_work() as session:
        names = redact_comment(session, row.comment_id or 0, actor=desk.admin)
    with reading() as session:
        left = session.get_one(InboundMail, row.id)
    assert (names, left.stored_name, left.sender, left.subject) == ([row.stored_name], None, "", "")
    assert row.stored_name in storage().names()  # the page removes it after the commit
