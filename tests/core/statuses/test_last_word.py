"""The customer confirms or resumes: on his pages, and by a link in a mail that needs no login."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from helpdesk_core.customers.models import Contact
from helpdesk_core.customers.services import anonymise_contact
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.mail.last_word import LIFETIME, last_word_token, read_last_word
from helpdesk_core.statuses.models import Status
from helpdesk_core.testing.clock import Clock
from helpdesk_core.testing.desk import Desk, journal
from helpdesk_core.tickets.commands import ChangeTicket
from helpdesk_core.tickets.models import Comment, Ticket
from helpdesk_core.tickets.services import change_ticket, get_ticket
from tests.core.statuses.conftest import Enter
from tests.core.statuses.moving import (
    CLOSED,
    OPEN,
    POSTPONED,
    RESOLVED,
    choose,
    deny,
    own_status,
    row,
    status_of,
    step,
    steps_taken,
)

CONFIRM = {"say": "confirm"}
RESUME = {"say": "resume", "reason": "It prints blanks again"}


def _solved(desk: Desk, **values: object) -> int:
    ticket_id = desk.ticket(**values)
    step(ticket_id, RESOLVED, desk.admin)
    return ticket_id


def _address(desk: Desk, ticket_id: int) -> str:
    return f"/last-word/{last_word_token(ticket_id, desk.customer.id or 0)}"


def _everything() -> str:
    """All that a change could have left: the tickets, the comments and the journal."""
    with reading() as session:
        tickets = session.execute(select(Ticket.id, Ticket.status_key, Ticket.version, Ticket.updated_at)).all()
        return repr((tickets, session.scalars(select(EventRow.id)).all(), session.scalars(select(Comment.id)).all()))


@pytest.mark.parametrize("by_mail", [False, True])
def test_the_customer_confirms(desk: Desk, client: FlaskClient, enter: Enter, by_mail: bool) -> None:
    """OK-042, UR-08, OK-041: closed, by himself, and the time it was solved stays apart."""
    ticket_id = _solved(desk)
    solved_at = row(ticket_id).solved_at
    browser = client if by_mail else enter(desk.customer)
    page = _address(desk, ticket_id) if by_mail else f"/my/{ticket_id}"
    assert 'data-say="confirm"' in browser.get(page).text
    answer = browser.post(page if by_mail else f"{page}/last-word", data=CONFIRM)
    assert answer.status_code == 303
    assert steps_taken(ticket_id)[-1] == (RESOLVED, CLOSED, "confirmed", "contact")
    ticket = row(ticket_id)
    assert (ticket.solved_at, ticket.closed_at is not None) == (solved_at, True)
    after = browser.get(page)
    assert (after.status_code, "data-say" in after.text) == (200, False)


@pytest.mark.parametrize("by_mail", [False, True])
def test_the_customer_resumes_with_a_reason(desk: Desk, client: FlaskClient, enter: Enter, by_mail: bool) -> None:
    """OK-042: open again, and the reason is his public comment; without one nothing happens."""
    ticket_id = _solved(desk)
    browser = client if by_mail else enter(desk.customer)
    page = _address(desk, ticket_id) if by_mail else f"/my/{ticket_id}/last-word"
    refused = browser.post(page, data={"say": "resume", "reason": "  "})
    assert refused.status_code == (422 if by_mail else 303)
    assert (status_of(ticket_id), journal(ticket_id).count("comment.added")) == (RESOLVED, 0)
    assert browser.post(page, data=RESUME).status_code == 303
    assert steps_taken(ticket_id)[-1] == (RESOLVED, OPEN, "resumed", "contact")
    with reading() as session:
        comment = session.scalars(select(Comment).where(Comment.ticket_id == ticket_id)).one()
        assert (comment.body, comment.internal) == (RESUME["reason"], False)
        assert (comment.author_contact_id, comment.registration_method) == (
            desk.customer.id,
            "mail" if by_mail else "portal",
        )
    assert row(ticket_id).needs_answer


def test_looking_at_the_link_changes_nothing(desk: Desk, client: FlaskClient) -> None:
    """T-57, UR-08: a scanner of mails that follows every link, and every link on the page, leaves no trace."""
    ticket_id = _solved(desk)
    address, before = _address(desk, ticket_id), _everything()
    for _ in range(3):
        page = client.get(address, headers={"User-Agent": "MailScanner/1.0"})
        assert client.head(address).status_code == 200
        assert client.options(address).status_code == 200
        for link in set(re.findall(r'href="(/[^"]+)"', page.text)) | {
            f"{address}?say=confirm",
            f"{address}?say=resume",
        }:
            client.get(link).close()
    assert _everything() == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.replace(".", "", 1),
        lambda token: "A" + token[1:],
        lambda token: "x" * 5000,
        lambda token: "null",
    ],
)
def test_a_forged_link_does_not_exist(desk: Desk, client: FlaskClient, spoil: object) -> None:
    """T-16: cut, lengthened, changed, endless."""
    ticket_id = _solved(desk)
    token = spoil(last_word_token(ticket_id, desk.customer.id or 0))  # type: ignore[operator]
    assert client.get(f"/last-word/{token}").status_code == 404
    assert client.post(f"/last-word/{token}", data=CONFIRM).status_code == 404
    assert status_of(ticket_id) == RESOLVED


def test_a_link_speaks_for_its_contact_about_its_ticket_only(desk: Desk, client: FlaskClient) -> None:
    """T-18: the token of one ticket says nothing about another, nor for another contact, nor for one who is no more."""
    ticket_id, other = _solved(desk), _solved(desk)
    link = read_last_word(last_word_token(ticket_id, desk.customer.id or 0))
    assert link is not None
    assert (link.ticket_id, link.contact_id) == (ticket_id, desk.customer.id)
    foreign = f"/last-word/{last_word_token(other, desk.stranger.id or 0)}"
    assert [client.get(foreign).status_code, client.post(foreign, data=CONFIRM).status_code] == [404, 404]
    address = _address(desk, ticket_id)
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        values = {"contact_id": desk.stranger.id, "company_id": None}
        change_ticket(session, ticket, ChangeTicket(values=values), actor=desk.admin)
    assert [client.get(address).status_code, client.post(address, data=CONFIRM).status_code] == [404, 404]
    own = _address(desk, other)
    with unit_of_work() as session:
        anonymise_contact(session, session.get_one(Contact, desk.customer.id), actor=desk.admin)
    assert [client.get(own).status_code, client.post(own, data=CONFIRM).status_code] == [404, 404]
    assert {status_of(ticket_id), status_of(other)} == {RESOLVED}


def test_an_internal_ticket_is_no_customers_business_by_mail_either(desk: Desk, client: FlaskClient) -> None:
    """OK-057."""
    with reading():
        from helpdesk_core.tickets.catalog import ticket_catalog

        internal = next(one.id for one in ticket_catalog().types.values() if one.internal)
    ticket_id = _solved(desk, type_id=internal)
    assert client.get(_address(desk, ticket_id)).status_code == 404


def test_a_link_ends(desk: Desk, client: FlaskClient, clock: Clock) -> None:
    """T-15: after thirty days it says so and does nothing."""
    ticket_id = _solved(desk)
    address = _address(desk, ticket_id)
    clock.advance(LIFETIME)
    assert client.get(address).status_code == 200
    clock.advance(days=1)
    assert client.get(address).status_code == 410
    assert client.post(address, data=CONFIRM).status_code == 410
    assert status_of(ticket_id) == RESOLVED


def test_the_same_day_gives_the_same_link(desk: Desk, clock: Clock) -> None:
    """F-06: a mail that is tried again carries the same words."""
    clock.move_to(clock.now.replace(hour=9))
    assert last_word_token(7, 9) == last_word_token(7, 9)
    first = last_word_token(7, 9)
    clock.advance(hours=2)
    assert last_word_token(7, 9) == first


def test_the_page_keeps_its_address_to_itself(desk: Desk, client: FlaskClient) -> None:
    """T-19: no Referer to anywhere, no cache, no index, and nothing of the desk but the subject and the status."""
    with unit_of_work() as session:
        session.execute(update(Ticket).values(description="inside"))
    ticket_id = _solved(desk, description="The PIN is 4711", assignee_id=desk.insider.id)
    page = client.get(_address(desk, ticket_id))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "4711" not in page.text
    assert desk.insider.label not in page.text


@pytest.mark.helpdesk(config={"WTF_CSRF_ENABLED": True})
def test_the_buttons_work_over_https_with_their_token_only(desk: Desk, client: FlaskClient) -> None:
    """T-56, T-57: without the form's token nothing changes; with it no Referer is needed, which T-19 forbids."""
    ticket_id = _solved(desk)
    address = _address(desk, ticket_id)
    site = {"base_url": "https://localhost"}
    page = client.get(address, **site).text
    assert client.post(address, data=CONFIRM, **site).status_code == 400
    assert status_of(ticket_id) == RESOLVED
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    assert client.post(address, data={**CONFIRM, "csrf_token": token}, **site).status_code == 303
    assert status_of(ticket_id) == CLOSED


@pytest.mark.helpdesk(config={"RATELIMIT_ENABLED": True})
def test_pressing_without_end_is_slowed_down(app: Flask, desk: Desk, client: FlaskClient) -> None:
    """T-17."""
    answers = [client.post("/last-word/guess", data=CONFIRM).status_code for _ in range(12)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_a_confirmed_ticket_that_is_not_final_opens_as_long_as_a_reply_would(desk: Desk, clock: Clock) -> None:
    """Decision 2: within the days of the desk, never from a final status."""
    from helpdesk_core.tickets.last_word import last_word

    with unit_of_work() as session:
        session.execute(update(Status).where(Status.key == CLOSED).values(final=False))
    done = own_status("Done", "closed", sources=(RESOLVED,), targets=(OPEN,))
    with unit_of_work() as session:
        session.execute(update(Status).where(Status.key == done).values(final=False))
        session.execute(update(Status).where(Status.key == CLOSED).values(final=True))
    ticket_id, final = _solved(desk), _solved(desk)
    step(ticket_id, done, desk.admin)
    step(final, CLOSED, desk.admin)

    def resumed(number: int) -> str | None:
        with reading() as session:
            found = last_word(get_ticket(session, number, actor=desk.customer), desk.customer).resume
            return found.key if found else None

    assert (resumed(ticket_id), resumed(final)) == (OPEN, None)
    clock.advance(days=7)
    assert resumed(ticket_id) is None
    choose(late_reply_policy="reopen")
    assert resumed(ticket_id) == OPEN


def test_a_ticket_that_waits_for_the_customer_can_be_confirmed(desk: Desk, client: FlaskClient) -> None:
    """UR-07, UR-08: asked whether it is done, he says so by the link."""
    waiting = own_status("Awaiting", "waiting", sources=(OPEN,), targets=(OPEN, CLOSED))
    ticket_id = desk.ticket()
    step(ticket_id, waiting, desk.admin)
    page = client.get(_address(desk, ticket_id)).text
    assert 'data-say="confirm"' in page
    assert 'data-say="resume"' not in page
    assert client.post(_address(desk, ticket_id), data=CONFIRM).status_code == 303
    assert status_of(ticket_id) == CLOSED


def test_an_open_ticket_offers_no_last_word(desk: Desk, client: FlaskClient, enter: Enter) -> None:
    """OK-042: there is nothing to confirm, and nothing to press by hand either."""
    ticket_id = desk.ticket()
    address = _address(desk, ticket_id)
    assert "data-say" not in client.get(address).text
    assert "data-say" not in enter(desk.customer).get(f"/my/{ticket_id}").text
    assert client.post(address, data=CONFIRM).status_code == 409
    assert client.post(address, data=RESUME).status_code == 409
    step(ticket_id, POSTPONED, desk.admin)
    assert client.post(address, data=RESUME).status_code == 409
    assert steps_taken(ticket_id) == [(OPEN, POSTPONED, None, "employee")]


def test_the_desk_may_keep_the_last_word(desk: Desk, client: FlaskClient) -> None:
    """OK-216: the step is denied to the customers' role."""
    deny("core.contact", RESOLVED, CLOSED)
    ticket_id = _solved(desk)
    page = client.get(_address(desk, ticket_id)).text
    assert 'data-say="confirm"' not in page
    assert 'data-say="resume"' in page
    assert client.post(_address(desk, ticket_id), data=CONFIRM).status_code == 409


def test_two_answers_at_once_are_one(desk: Desk, client: FlaskClient) -> None:
    """OK-042: pressed twice, the second finds nothing to confirm and the ticket as it is."""
    ticket_id = _solved(desk)
    address = _address(desk, ticket_id)
    assert [client.post(address, data=CONFIRM).status_code for _ in range(2)] == [303, 409]
    assert len(steps_taken(ticket_id)) == 2


def test_the_customers_history_names_no_employee(desk: Desk, enter: Enter) -> None:
    """OK-202, OK-205: he reads what became of his ticket, and his own name where it was himself."""
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.lead)
    browser = enter(desk.customer)
    assert desk.lead.label not in browser.get(f"/my/{ticket_id}").text
    browser.post(f"/my/{ticket_id}/last-word", data=CONFIRM)
    page = browser.get(f"/my/{ticket_id}").text
    assert desk.lead.label not in page
    assert desk.customer.label in page


def test_the_link_speaks_the_contacts_language(desk: Desk, client: FlaskClient) -> None:
    """OK-042: he need not be signed in for it."""
    ticket_id = _solved(desk)
    with unit_of_work() as session:
        session.execute(update(Contact).where(Contact.id == desk.customer.id).values(language="ar"))
    db.session.remove()
    assert 'dir="rtl"' in client.get(_address(desk, ticket_id)).text
    assert timedelta(days=30) == LIFETIME
    assert utcnow() < read_last_word(last_word_token(1, 1)).ends_at  # type: ignore[union-attr]
