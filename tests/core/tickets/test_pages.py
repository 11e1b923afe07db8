"""The ticket pages in a browser's place: list, card, comments, files, portal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.session import reading
from helpdesk_core.testing import Desk, count_queries, sign_in
from helpdesk_core.tickets.filters import CATEGORIES
from helpdesk_core.tickets.models import Attachment, Comment, Ticket, TicketObserver

Enter = Callable[[Actor], FlaskClient]


@pytest.fixture
def enter(app: Flask) -> Enter:
    """A browser in which that person is signed in."""

    def enter_as(actor: Actor) -> FlaskClient:
        client = app.test_client()
        sign_in(app, client, actor)
        return client

    return enter_as


def test_the_list_takes_eight_statements_however_long_it_is(app: Flask, desk: Desk, enter: Enter) -> None:
    """OK-047 and the limit of the list: at most 8 statements, login and policy included."""
    client = enter(desk.insider)
    for number in range(60):
        desk.ticket(subject=f"Ticket {number}", group_id=desk.group_id, tags=("till",))
    client.get("/tickets")
    with count_queries(app) as sent:
        page = client.get("/tickets")
    assert page.status_code == 200
    assert page.text.count("data-row-link") == 50
    assert len(sent) <= 8, sent
    following = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).text
    assert second.count("data-row-link") == 10
    assert "Ticket 0<" in second


def test_the_card_takes_fifteen_statements(app: Flask, desk: Desk, enter: Enter) -> None:
    """The limit of the card: at most 15 statements."""
    client = enter(desk.admin)
    ticket_id = desk.ticket(tags=("a", "b"), observer_group_ids=(desk.group_id,))
    desk.ticket(subject="Another of the same customer")
    desk.comment(ticket_id, "We look into it.", internal=False)
    client.get(f"/tickets/{ticket_id}")
    desk.comment(ticket_id, "News.", internal=True)
    with count_queries(app) as sent:
        page = client.get(f"/tickets/{ticket_id}")
    assert page.status_code == 200
    assert "Another of the same customer" in page.text
    assert len(sent) <= 15, sent


def test_a_customer_sees_public_words_only(desk: Desk, enter: Enter) -> None:
    """T-08, T-11, OK-071: no trace of a note on the customer's page; a stranger finds nothing."""
    ticket_id = desk.ticket()
    desk.comment(ticket_id, "Public canary", internal=False)
    desk.comment(ticket_id, "Secret canary", internal=True)
    client = enter(desk.customer)
    page = client.get(f"/my/{ticket_id}")
    assert page.status_code == 200
    assert "Public canary" in page.text
    assert "Secret canary" not in page.text
    assert "Till prints nothing" in client.get("/my").text
    assert client.get(f"/tickets/{ticket_id}").status_code == 404
    assert enter(desk.stranger).get(f"/my/{ticket_id}").status_code == 404


def test_a_comment_is_sent_with_a_file_and_leads_to_itself(desk: Desk, enter: Enter) -> None:
    """OK-069, OK-070: redirect to the comment; the file is an attachment whatever it calls itself (T-05)."""
    ticket_id = desk.ticket()
    client = enter(desk.admin)
    sent = client.post(
        f"/tickets/{ticket_id}/comments",
        data={
            "body": "See the file",
            "visibility": "internal",
            "then": "send",
            "files": (io.BytesIO(b"<script>alert(1)</script>"), "page.html", "text/html"),
        },
    )
    assert sent.status_code == 303
    assert re.search(r"#comment-\d+$", sent.location)
    with reading() as session:
        file_id = session.scalars(select(Attachment.id)).one()
    answer = client.get(f"/attachments/{file_id}")
    assert answer.status_code == 200
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "application/octet-stream"
    assert enter(desk.customer).get(f"/attachments/{file_id}").status_code == 404


def test_an_empty_comment_is_refused_and_the_page_is_shown_again(desk: Desk, enter: Enter) -> None:
    """Bad input: 422, nothing written."""
    ticket_id = desk.ticket()
    answer = enter(desk.admin).post(f"/tickets/{ticket_id}/comments", data={"body": " ", "visibility": "public"})
    assert answer.status_code == 422
    assert "composer-errors" in answer.text
    with reading() as session:
        assert session.scalars(select(Comment.id)).all() == []


def test_a_damaged_visibility_keeps_the_words_inside(desk: Desk, enter: Enter) -> None:
    """T-11: what is not explicitly public is internal."""
    ticket_id = desk.ticket()
    enter(desk.admin).post(f"/tickets/{ticket_id}/comments", data={"body": "x", "visibility": "bogus"})
    with reading() as session:
        assert session.scalars(select(Comment.internal)).one() is True


def test_a_stale_change_of_the_same_field_shows_both_versions(desk: Desk, enter: Enter) -> None:
    """Never a silent overwrite: 409 with both values, and the choice saves."""
    ticket_id = desk.ticket()
    client = enter(desk.admin)
    with reading() as session:
        version = session.get_one(Ticket, ticket_id).version
    url = f"/tickets/{ticket_id}/properties"
    assert client.post(url, data={"tags": ["one"], "property": "tags", "version": version}).status_code == 303
    clash = client.post(url, data={"tags": ["two"], "property": "tags", "version": version})
    assert clash.status_code == 409
    assert "one" in clash.text
    assert "two" in clash.text
    chosen = client.post(url, data={"tags": ["two"], "choice_tags": "mine", "version": version + 1})
    assert chosen.status_code == 303
    assert "two" in client.get(f"/tickets/{ticket_id}").text


def test_a_bulk_change_has_a_result_for_each_ticket(desk: Desk, enter: Enter) -> None:
    """UR-12: what is refused for one is done for the others."""
    first, second = desk.ticket(), desk.ticket()
    data = {"ids": [first, second, 99999], "action": "tag", "value_tag": "Till"}
    page = enter(desk.admin).post("/tickets/bulk", data=data)
    assert page.text.count('data-result="done"') == 2
    assert page.text.count('data-result="refused"') == 1


def test_the_export_holds_the_filtered_rows_and_no_formula(desk: Desk, enter: Enter) -> None:
    """T-36: a cell that could be a formula begins with an apostrophe."""
    desk.ticket(subject="=1+1", tags=("x",))
    desk.ticket(subject="left out")
    text = enter(desk.admin).get("/tickets/export.csv?tag=x").text
    assert "'=1+1" in text
    assert "left out" not in text


def test_columns_are_kept_per_view(desk: Desk, enter: Enter) -> None:
    """OK-047: chosen, in order, and restored."""
    desk.ticket()
    client = enter(desk.admin)
    client.post("/tickets/columns", data={"columns": ["tags", "subject"]})
    heads = re.findall(r'<th class="col-(\w+)"', client.get("/tickets").text)
    assert heads == ["select", "tags", "subject"]
    client.post("/tickets/columns", data={"reset": "yes"})
    assert 'class="col-number"' in client.get("/tickets").text


def test_a_view_of_ones_own_is_not_for_others_unless_shared(desk: Desk, enter: Enter) -> None:
    """Saved views: personal stays personal; sharing needs the right."""
    client = enter(desk.admin)
    client.post("/tickets/views?tag=till", data={"name": "Tills"})
    client.post("/tickets/views?overdue=yes", data={"name": "Late ones", "shared": "yes"})
    page = enter(desk.insider).get("/tickets").text
    assert "Late ones" in page
    assert "Tills" not in page
    refused = enter(desk.insider).post("/tickets/views?tag=x", data={"name": "N", "shared": "yes"})
    assert refused.status_code == 403


def test_the_form_makes_one_ticket_of_two_presses(desk: Desk, enter: Enter) -> None:
    """OK-008: the same form sent twice is one ticket; a wrong one keeps what was typed."""
    client = enter(desk.insider)
    form = client.get("/tickets/new")
    assert form.status_code == 200
    token = re.search(r'name="form_token"[^>]*value="(\w+)"', form.text)
    assert token
    data = {"subject": "Broken till", "form_token": token[1], "assignee": "none", "description": "**why**"}
    first, second = client.post("/tickets/new", data=data), client.post("/tickets/new", data=data)
    assert first.status_code == 303
    assert first.location == second.location
    wrong = client.post("/tickets/new", data={"subject": "", "description": "typed words", "form_token": "x"})
    assert wrong.status_code == 422
    assert "typed words" in wrong.text


def test_a_customer_opens_and_answers_a_request(desk: Desk, enter: Enter) -> None:
    """OK-001: created from the portal; his answer is public."""
    client = enter(desk.customer)
    assert client.get("/my/new").status_code == 200
    made = client.post("/my/new", data={"subject": "Help", "description": "please", "form_token": "t1"})
    assert made.status_code == 303
    answer = client.post(f"{made.location}/reply", data={"body": "one more thing", "visibility": "internal"})
    assert answer.status_code == 303
    assert "one more thing" in client.get(made.location).text


def test_the_inbox_shows_what_waits(desk: Desk, enter: Enter) -> None:
    """OK-004: distribution is for those who may dispatch."""
    desk.ticket(subject="Nobody's")
    desk.ticket(subject="Group's own", group_id=desk.group_id)
    lead, insider = enter(desk.lead).get("/inbox"), enter(desk.insider).get("/inbox")
    assert 'data-section="distribution"' in lead.text
    assert "Nobody" in lead.text
    assert 'data-section="distribution"' not in insider.text
    assert "Group" in insider.text


def test_watching_is_a_matter_of_ones_own(desk: Desk, enter: Enter) -> None:
    """OK-066: an employee subscribes and unsubscribes himself."""
    ticket_id = desk.ticket()
    client = enter(desk.lead)
    assert client.post(f"/tickets/{ticket_id}/watch").status_code == 303
    with reading() as session:
        assert session.scalars(select(TicketObserver.employee_id)).all() == [desk.lead.id]
    client.post(f"/tickets/{ticket_id}/watch")
    with reading() as session:
        assert session.scalars(select(TicketObserver.id)).all() == []


def test_a_comment_is_edited_hidden_and_redacted(desk: Desk, enter: Enter) -> None:
    """T-13: made internal it is gone for the customer; redacted it is gone for everybody."""
    ticket_id = desk.ticket()
    comment_id = desk.comment(ticket_id, "First words", internal=False)
    client = enter(desk.admin)
    assert "First words" in client.get(f"/comments/{comment_id}/edit").text
    edited = client.post(f"/comments/{comment_id}/edit", data={"body": "Second words", "version": "1"})
    assert edited.status_code == 303
    assert "First words" in client.get(f"/comments/{comment_id}/history").text
    assert "Second words" in enter(desk.customer).get(f"/my/{ticket_id}").text
    assert client.post(f"/comments/{comment_id}/hide").status_code == 303
    assert "Second words" not in enter(desk.customer).get(f"/my/{ticket_id}").text
    assert client.post(f"/comments/{comment_id}/redact").status_code == 303
    assert "Second words" not in client.get(f"/tickets/{ticket_id}").text


def test_markdown_runs_nothing(desk: Desk, enter: Enter) -> None:
    """T-01: no script, no foreign picture, no dangerous link."""
    text = "<script>x</script> **bold** [a](javascript:x) ![p](https://e.test/p.png)"
    html = enter(desk.admin).post("/tickets/preview", data={"body": text}).text
    assert "<strong>bold</strong>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "query", ["cursor=%00x", "cursor=W10", "status=%00", "created_from=9999-12-31&created_to=x", "q=%22*("]
)
def test_nonsense_in_the_query_is_left_out(desk: Desk, enter: Enter, query: str) -> None:
    """F-34: never 500."""
    assert enter(desk.admin).get(f"/tickets?{query}").status_code in (200, 400)


def test_a_ticket_is_deleted_by_those_who_may(desk: Desk, enter: Enter) -> None:
    """OK-094: a specialist may not, an administrator may."""
    ticket_id = desk.ticket(group_id=desk.group_id)
    assert enter(desk.insider).post(f"/tickets/{ticket_id}/delete").status_code == 403
    assert enter(desk.admin).post(f"/tickets/{ticket_id}/delete").status_code == 303
    assert enter(desk.admin).get(f"/tickets/{ticket_id}").status_code == 404


def test_tickets_are_linked_and_parted(desk: Desk, enter: Enter) -> None:
    """T-07: only a ticket that exists and is seen can be linked."""
    first, second = desk.ticket(), desk.ticket(subject="The other one")
    client = enter(desk.admin)
    assert (
        client.post(f"/tickets/{first}/links", data={"number": f"#{second}", "relation": "related"}).status_code == 303
    )
    page = client.get(f"/tickets/{first}").text
    remove = re.search(rf"/tickets/{first}/links/\d+/delete", page)
    assert remove
    assert client.post(remove[0]).status_code == 303
    assert client.post(f"/tickets/{first}/links", data={"number": "9999"}).status_code == 409


def test_the_status_moves_and_the_text_is_edited(desk: Desk, enter: Enter) -> None:
    """OK-036, OK-044: a step of the matrix is taken, another refused; subject and customer are changed on one page."""
    ticket_id = desk.ticket()
    client = enter(desk.admin)
    assert client.post(f"/tickets/{ticket_id}/transition", data={"to": "resolved"}).status_code in (303, 404)
    assert client.post(f"/tickets/{ticket_id}/transition", data={"to": "nowhere"}).status_code == 404
    form = client.get(f"/tickets/{ticket_id}/edit")
    assert form.status_code == 200
    data = {"subject": "New words", "description": "d", "company_id": str(desk.company_id), "version": "99"}
    assert client.post(f"/tickets/{ticket_id}/edit", data=data).status_code == 303
    assert "New words" in client.get(f"/tickets/{ticket_id}").text
    assert client.get("/tickets/pick/companies?q=kopi").json == [
        {"value": str(desk.company_id), "text": "Kopi Tiam", "sub": ""}
    ]


def test_the_filter_names_only_customers_the_reader_sees(desk: Desk, enter: Enter) -> None:
    """T-06: a company's id in the address does not tell its name."""
    desk.ticket(company_id=desk.company_id)
    url = f"/tickets?company={desk.company_id}"
    assert "Kopi Tiam" in enter(desk.admin).get(url).text
    assert "Kopi Tiam" not in enter(desk.outsider).get(url).text


def test_every_category_of_statuses_can_be_filtered_by() -> None:
    """OK-094: postponed tickets are found by their category like all others."""
    assert set(CATEGORIES) == {category.value for category in StatusCategory}
