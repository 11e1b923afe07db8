"""Two people on one page: what one does, the other sees at once, and nothing that the other does is disturbed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from helpdesk_core.contract.actor import Actor
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.commands import ChangeTicket, TransitionTicket
from helpdesk_core.tickets.services import change_ticket, get_ticket, transition_ticket

pytestmark = [pytest.mark.browser, pytest.mark.helpdesk(plugins=["push"])]

Visitors = Callable[[str], Page]
PATIENCE = 30_000


def live(page: Page, path: str) -> Page:
    """Open a page and wait until it hears."""
    page.goto(path)
    expect(page.locator("#push")).to_have_attribute("data-state", "connected", timeout=PATIENCE)
    return page


def toast(page: Page, kind: str) -> Any:
    return page.locator(f'#toasts [data-notice="{kind}"]')


@pytest.fixture
def doing(app: Flask) -> Callable[..., Any]:
    """Act on a ticket as somebody in another browser would."""

    def do(ticket_id: int, actor: Actor, command: Any) -> None:
        with app.app_context(), unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
            act = transition_ticket if isinstance(command, TransitionTicket) else change_ticket
            act(session, ticket, command, actor=actor)

    return do


def test_two_people_on_one_ticket(app: Flask, desk: Desk, visitors: Visitors, doing: Any) -> None:
    """OK-193, OK-194, OK-195: comment, status and assignee arrive; the half-written answer, caret and menu stay."""
    with app.app_context():
        ticket_id = desk.ticket()
    page = live(visitors("lead"), f"/tickets/{ticket_id}")
    body = page.locator("#composer-body")
    body.click()  # a gesture: from here on there is sound
    body.type("Half an answ er")
    body.press("ArrowLeft")
    body.press("ArrowLeft")
    page.evaluate("window.marked = document.getElementById('composer-body')")

    other = visitors("admin")
    other.goto(f"/tickets/{ticket_id}")
    other.locator("#composer-body").fill("**Is it plugged in?**")
    other.locator('[data-send="send"]').click()
    expect(toast(page, "comment.added")).to_contain_text("Ada Admin", timeout=PATIENCE)
    expect(page.locator("#ticket-timeline")).to_contain_text("Is it plugged in?", timeout=PATIENCE)

    doing(ticket_id, desk.admin, TransitionTicket(to="service_desk.resolved"))
    expect(toast(page, "ticket.transitioned")).to_be_visible(timeout=PATIENCE)
    pill = page.locator("#ticket-head .ticket-meta [data-status]")
    expect(pill).to_have_attribute("data-status", "service_desk.resolved", timeout=PATIENCE)

    doing(ticket_id, desk.admin, ChangeTicket(values={"assignee_id": desk.insider.id}))
    expect(toast(page, "ticket.changed")).to_contain_text("Ivan Insider", timeout=PATIENCE)
    assignee = page.locator('[data-property="assignee_id"], [data-property="assignee"]').first
    expect(assignee).to_contain_text("Ivan Insider", timeout=PATIENCE)

    expect(body).to_have_value("Half an answ er")
    expect(body).to_be_focused()
    assert page.evaluate("document.getElementById('composer-body') === window.marked")
    assert body.evaluate("area => area.selectionStart") == len("Half an answ ")
    expect(page.locator("#push")).to_have_attribute("data-beeps", re.compile("[1-9]"), timeout=PATIENCE)
    # What is sent now is sent on top of what was seen: no conflict.
    body.press("Control+Enter")
    expect(page.locator("#ticket-timeline")).to_contain_text("Half an answ er", timeout=PATIENCE)
    assert other.locator("#toasts [data-notice]").filter(has_text="Ada Admin").count() == 0  # one's own acts


def test_a_menu_that_is_open_stays_open(app: Flask, desk: Desk, visitors: Visitors, doing: Any) -> None:
    with app.app_context():
        ticket_id = desk.ticket()
    page = live(visitors("lead"), f"/tickets/{ticket_id}")
    menu = page.locator("#ticket-head details[data-transitions]")
    menu.locator("summary").click()
    doing(ticket_id, desk.admin, TransitionTicket(to="service_desk.resolved"))
    pill = page.locator("#ticket-head .ticket-meta [data-status]")
    expect(pill).to_have_attribute("data-status", "service_desk.resolved", timeout=PATIENCE)
    assert menu.evaluate("details => details.open")
    page.locator("h1").click()  # done with the menu: the rest follows
    expect(page.locator('#ticket-head form input[name="to"][value="service_desk.resolved"]')).to_have_count(
        0, timeout=PATIENCE
    )


def test_a_list_keeps_selection_and_offers_what_is_new(app: Flask, desk: Desk, visitors: Visitors, doing: Any) -> None:
    with app.app_context():
        first, second = desk.ticket(subject="First"), desk.ticket(subject="Second")
    page = live(visitors("lead"), "/tickets")
    row = page.locator(f'tr[data-ticket="{first}"]')
    row.locator("[data-select]").check()
    doing(first, desk.admin, TransitionTicket(to="service_desk.resolved"))
    expect(row.locator("[data-status]")).to_have_attribute("data-status", "service_desk.resolved", timeout=PATIENCE)
    with app.app_context():
        third = desk.ticket(subject="Third")
    bar = page.locator("#push-new")
    expect(bar).to_have_attribute("data-rows", "1", timeout=PATIENCE)
    assert page.locator(f'tr[data-ticket="{third}"]').count() == 0
    expect(row.locator("[data-select]")).to_be_checked()
    bar.locator("button").click()
    expect(page.locator(f'tr[data-ticket="{third}"]')).to_be_visible()
    expect(row.locator("[data-select]")).to_be_checked()
    expect(bar).to_have_count(0)
    assert page.locator(f'tr[data-ticket="{second}"]').count() == 1


def test_a_customer_hears_what_is_public_and_no_more(app: Flask, desk: Desk, visitors: Visitors) -> None:
    """OK-071, OK-195, T-44."""
    with app.app_context():
        ticket_id = desk.ticket()
    page = live(visitors("customer"), f"/my/{ticket_id}")
    with app.app_context():
        desk.comment(ticket_id, "CANARY between colleagues", internal=True)
        desk.comment(ticket_id, "We are on our way")
    expect(page.locator("ol.timeline")).to_contain_text("We are on our way", timeout=PATIENCE)
    expect(toast(page, "comment.added")).to_have_count(1)
    assert "CANARY" not in page.content()
    assert page.locator("[data-push-answering]").count() == 0


def test_a_colleague_sees_who_is_answering(app: Flask, desk: Desk, visitors: Visitors) -> None:
    with app.app_context():
        ticket_id = desk.ticket()
    page = live(visitors("lead"), f"/tickets/{ticket_id}")
    other = live(visitors("admin"), f"/tickets/{ticket_id}")
    other.locator("#composer-body").type("I am")
    line = page.locator("[data-push-answering]")
    expect(line).to_be_visible(timeout=PATIENCE)
    expect(line).to_contain_text("Ada Admin")
    other.locator("#composer-body").fill("")
    expect(line).to_be_hidden(timeout=PATIENCE)


def test_a_page_that_was_away_catches_up(app: Flask, desk: Desk, visitors: Visitors) -> None:
    """What happened while the socket was gone is told as soon as it is back, from the last event that is known."""
    with app.app_context():
        ticket_id = desk.ticket()
    page = live(visitors("lead"), f"/tickets/{ticket_id}")
    board = app.extensions["helpdesk_push"]
    for seat in board.seats.all():
        board.hang_up(seat)
    assert len(board.seats) == 0
    with app.app_context():
        desk.comment(ticket_id, "Meanwhile")
    expect(page.locator("#ticket-timeline")).to_contain_text("Meanwhile", timeout=PATIENCE)
    expect(toast(page, "comment.added")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#push")).to_have_attribute("data-state", "connected", timeout=PATIENCE)
