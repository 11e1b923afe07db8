"""What is new for whom: counts in the menu, words in the inbox, marks for the customer, refusals at their row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpdesk_core.contract.actor import Actor
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.testing import count_queries
from helpdesk_core.testing.desk import Desk, journal
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.inbox import build_inbox, menu_counts
from helpdesk_core.tickets.snippets import last_words, plain
from helpdesk_core.ui.counts import COUNT_LIMIT
from helpdesk_core.users.models import Employee

Enter = Callable[[Actor], FlaskClient]


class Browser(FlaskClient):
    """A browser whose requests know nothing of the one before: the test's open context would carry things over."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        for name in ("_login_user", "shell"):
            g.pop(name, None)
        return super().open(*args, **kwargs)


@pytest.fixture
def enter(app: Flask) -> Enter:
    """A browser in which that person is signed in."""

    def entered(actor: Actor) -> FlaskClient:
        client = Browser(app, app.response_class)
        sign_in(app, client, actor)
        return client

    return entered


def _counts(actor: Actor) -> dict[str, int]:
    with reading() as session:
        return menu_counts(session, actor)


def test_the_menu_counts_what_is_new_to_the_reader_and_what_nobody_has(desk: Desk) -> None:
    """OK-009: what a specialist may not see is not counted for him; his own words are not new to him."""
    desk.ticket()
    group = desk.ticket(group_id=desk.group_id)
    own = desk.ticket(assignee_id=desk.insider.id)
    assert _counts(desk.admin) == {"inbox": 0, "tickets": 1}
    assert _counts(desk.insider) == {"inbox": 2}
    assert _counts(desk.outsider) == {"inbox": 0}
    assert _counts(desk.customer) == {}
    desk.comment(own, "Mine", actor=desk.insider)
    desk.comment(group, "Mine too", actor=desk.insider)
    assert _counts(desk.insider) == {"inbox": 0}


def test_the_menu_stops_counting_at_a_hundred_in_one_statement(desk: Desk) -> None:
    for _number in range(COUNT_LIMIT + 3):
        desk.ticket()
    with count_queries() as queries:
        assert _counts(desk.lead)["tickets"] == COUNT_LIMIT
    assert len([one for one in queries if "FROM ticket" in one]) == 1


def test_the_menu_is_counted_anew_after_a_change_and_after_reading_a_ticket(desk: Desk, enter: Enter) -> None:
    ticket = desk.ticket(assignee_id=desk.insider.id)
    client = enter(desk.insider)
    assert 'data-nav-count="inbox"' in client.get("/tickets").text
    assert 'data-nav-count="inbox"' not in client.get(f"/tickets/{ticket}").text
    desk.comment(ticket, "Anything new?", actor=desk.customer)
    assert 'data-nav-count="inbox"' not in client.get("/tickets").text  # counted some seconds ago
    client.post("/account/language", data={"language": "en"})
    assert 'data-nav-count="inbox"' in client.get("/tickets").text


def test_the_inbox_shows_the_last_public_words_in_as_many_statements_for_one_row_as_for_many(desk: Desk) -> None:
    """T-11: an internal note is never the last word."""
    silent = desk.ticket(
        subject="Silent", description="# It *stopped* at [noon](https://example.test)", group_id=desk.group_id
    )
    said = desk.ticket(subject="Said", group_id=desk.group_id)
    desk.comment(said, "First")
    desk.comment(said, "It **works** again", actor=desk.customer)
    desk.comment(said, "CANARY", internal=True)
    with reading() as session:
        words = last_words(session, [silent, said])
    assert words[silent] == {"text": "It stopped at noon", "from_": None}
    assert words[said]["text"] == "It works again"
    assert words[said]["from_"]["name"] == "Chandra Customer"

    def statements() -> int:
        with count_queries() as queries, reading() as session:
            build_inbox(session, desk.insider)
        return len([one for one in queries if "reference_version" not in one])

    statements()  # what every process keeps, words and statuses, is loaded by now
    few = statements()
    for number in range(12):
        desk.comment(desk.ticket(group_id=desk.group_id), f"Words {number}")
    assert statements() == few


def test_a_snippet_is_one_line_and_bounded() -> None:
    assert plain("- one\n- two\n\n> three") == "one two three"
    assert len(plain("word " * 200)) <= 160


def test_the_customer_sees_which_request_was_answered_until_he_reads_it(desk: Desk, enter: Enter) -> None:
    """OK-071: a note of the desk moves nothing on the customer's page, nor do his own words."""
    ticket = desk.ticket()
    client = enter(desk.customer)
    desk.comment(ticket, "A note", internal=True)
    desk.comment(ticket, "Still waiting", actor=desk.customer)
    assert "is-unread" not in client.get("/my").text
    desk.comment(ticket, "We are on our way")
    assert "is-unread" in client.get("/my").text
    client.get(f"/my/{ticket}")
    assert "is-unread" not in client.get("/my").text
    desk.comment(ticket, "Another note", internal=True)
    assert "is-unread" not in client.get("/my").text
    desk.comment(ticket, "We are there")
    assert "is-unread" in client.get("/my").text


def test_a_value_that_is_refused_is_said_at_its_row(desk: Desk, enter: Enter) -> None:
    ticket = desk.ticket()
    client = enter(desk.admin)
    answer = client.post(f"/tickets/{ticket}/properties", data={"property": "due_at", "due_at": "the day after"})
    assert answer.status_code == 422
    assert 'data-errors-of="due_at"' in answer.text
    assert 'value="the day after"' in answer.text
    answer = client.post(f"/tickets/{ticket}/properties", data={"property": "assignee", "assignee": "e999999"})
    assert answer.status_code == 422
    assert 'data-errors-of="assignee"' in answer.text
    assert journal(ticket) == ["ticket.created"]
    answer = client.post(f"/tickets/{ticket}/properties", data={"subject": ""})  # no row of the panel: the error page
    assert answer.status_code == 422
    assert "data-errors-of" not in answer.text


def test_saving_a_row_leads_back_to_the_part_of_the_card_that_was_open(desk: Desk, enter: Enter) -> None:
    ticket = desk.ticket()
    client = enter(desk.admin)
    asked = {"HX-Current-URL": f"http://localhost/tickets/{ticket}?tab=history"}
    answer = client.post(f"/tickets/{ticket}/properties", data={"tags": "till", "property": "tags"}, headers=asked)
    assert answer.headers["Location"] == f"/tickets/{ticket}?tab=history"
    asked = {"HX-Current-URL": "http://elsewhere.test/?tab=//evil"}
    answer = client.post(f"/tickets/{ticket}/properties", data={"tags": "pc", "property": "tags"}, headers=asked)
    assert answer.headers["Location"] == f"/tickets/{ticket}"


def test_the_gear_leads_to_a_page_that_its_reader_may_open(desk: Desk, enter: Enter) -> None:
    """OK-214: a lead edits canned answers and no other settings; a specialist sees no gear."""
    lead = enter(desk.lead)
    assert 'data-nav="settings"' in lead.get("/inbox").text
    assert 'href="/settings/lists/canned"' in lead.get("/inbox").text
    assert lead.get("/settings/lists/canned").status_code == 200
    assert 'data-nav="settings"' not in enter(desk.insider).get("/inbox").text


def test_a_photo_is_shown_wherever_its_person_is(desk: Desk, enter: Enter) -> None:
    """In the list as the assignee, in the inbox and on the card as who wrote; never as a link to a customer's."""
    ticket = desk.ticket(assignee_id=desk.insider.id)
    desk.comment(ticket, "On my way", actor=desk.insider)
    with unit_of_work() as session:
        session.get_one(Employee, desk.insider.id).photo = "0123456789abcdef.webp"
    client, shown = enter(desk.insider), f'src="/employees/{desk.insider.id}/photo?v=0123456789ab"'
    for page in ("/tickets", "/inbox", f"/tickets/{ticket}"):
        assert shown in client.get(page).text, page
