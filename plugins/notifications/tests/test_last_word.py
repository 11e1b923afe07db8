"""The customer's mail about a status: it carries his last word, and asks for his answer where the desk waits for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, MailSink
from helpdesk_core.toolkit import SYSTEM, Company, TransitionTicket, get_ticket, transition_ticket, unit_of_work
from helpdesk_notifications.options import save_options

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

Told = Callable[[], list[str]]


def _move(desk: Desk, ticket_id: int, to: str) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        transition_ticket(session, ticket, TransitionTicket(to=to), actor=desk.admin)


def _links(mail: object) -> set[str]:
    text = str(mail.get_body(("plain",)).get_content())  # type: ignore[attr-defined]
    return set(re.findall(r"https?://\S+/last-word/[^\s)]+", text))


def test_the_contact_completes_by_the_link_in_his_mail(app: Flask, desk: Desk, told: Told, mailbox: MailSink) -> None:
    """UR-08, OK-042, T-57: a look changes nothing, the button closes the ticket, nobody signs in."""
    ticket_id = desk.ticket()
    told()
    _move(desk, ticket_id, "service_desk.resolved")
    assert "chandra" in told()
    (mail,) = [one for one in mailbox if str(one["X-Recipients"]).startswith("chandra")]
    (link,) = _links(mail)
    browser = app.test_client()
    assert browser.get(urlsplit(link).path).status_code == 200
    with unit_of_work() as session:
        assert get_ticket(session, ticket_id, actor=SYSTEM).status_key == "service_desk.resolved"
    assert browser.post(urlsplit(link).path, data={"say": "confirm"}).status_code == 303
    with unit_of_work() as session:
        assert get_ticket(session, ticket_id, actor=SYSTEM).status_key == "service_desk.closed"


def test_the_link_goes_to_the_contact_alone(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """T-18: it speaks for him, so neither colleagues nor the company's mailbox nor copies get it."""
    with unit_of_work() as session:
        session.get_one(Company, desk.company_id).email = "office@customer.test"
        save_options(session, {"company_mode": "always", "copy_address": "copy@desk.test"}, actor=desk.admin)
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    told()
    assert not any(_links(mail) for mail in mailbox), "there is nothing to confirm yet"
    _move(desk, ticket_id, "service_desk.resolved")
    told()
    with_link = {str(mail["X-Recipients"]).partition("@")[0] for mail in mailbox if _links(mail)}
    assert len(mailbox) > 2
    assert with_link == {"chandra"}


@pytest.mark.helpdesk(plugins=["notifications"], preset="support_center")
def test_the_mail_asks_for_the_answer_that_the_desk_waits_for(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """UR-07: in Awaiting Reply, and in no other status."""
    asked = {}
    ticket_id = desk.ticket()
    told()
    for status in ("awaiting_reply", "on_hold"):
        _move(desk, ticket_id, f"support_center.{status}")
        assert told() == ["chandra"]
        text = mailbox[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        asked[status] = "We need your answer" in text
    assert asked == {"awaiting_reply": True, "on_hold": False}
