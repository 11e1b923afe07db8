"""The route map: every endpoint is guarded; what each answers to whom is the table in ``access/table.py``."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.db.session import unit_of_work
from helpdesk_core.testing.desk import Desk, build_desk
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.commands import AddComment
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.services import get_ticket
from helpdesk_core.ui.guard import PUBLIC, guard_of

#: Pages that anybody may open; adding one is a decision.
PUBLIC_ENDPOINTS = {"static", "ui.palette", "auth.login", "auth.forgot", "auth.reset", "portal.last_word"}


@pytest.fixture
def desk(app: Flask) -> Desk:
    """People of every role."""
    with app.app_context():
        return build_desk()


def test_no_endpoint_is_unguarded(app: Flask) -> None:
    """OK-216: an endpoint that says nothing would be refused to everybody; here it is named."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {endpoint for endpoint in endpoints if guard_of(app, endpoint) is None} == set()
    assert {endpoint for endpoint in endpoints if guard_of(app, endpoint) == PUBLIC} == PUBLIC_ENDPOINTS


def test_foreign_tickets_are_404_everywhere(app: Flask, desk: Desk) -> None:
    """T-06: replace the id by a foreign id."""
    with app.app_context():
        ticket_id = desk.ticket(subject="CANARY-subject")
    for who in ("outsider", "stranger"):
        client = app.test_client()
        sign_in(app, client, getattr(desk, who))
        for rule in app.url_map.iter_rules():
            if set(rule.arguments) != {"ticket_id"}:
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                foreign, missing = (
                    client.open(rule.rule.replace("<int:ticket_id>", str(row)), method=method)
                    for row in (ticket_id, 999_999)
                )
                # A right that the role lacks altogether is 403 whatever the id; else a foreign id is no id at all.
                assert foreign.status_code in (403, 404), (who, method, rule.rule)
                assert foreign.status_code == missing.status_code, (who, method, rule.rule)
                assert b"CANARY" not in foreign.data


def test_a_note_never_reaches_the_customer(app: Flask, desk: Desk) -> None:
    """T-11, OK-071, PY-29."""
    with app.app_context():
        ticket_id = desk.ticket()
        with unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
            add_comment(session, ticket, AddComment(body="CANARY-note", internal=True), actor=desk.admin)
    client = app.test_client()
    sign_in(app, client, desk.customer)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or set(rule.arguments) - {"ticket_id"}:
            continue
        path = rule.rule.replace("<int:ticket_id>", str(ticket_id))
        assert b"CANARY" not in client.get(path, query_string={"q": "canary"}).data, path
    staff = app.test_client()
    sign_in(app, staff, desk.admin)
    assert b"CANARY-note" in staff.get(f"/tickets/{ticket_id}").data


@pytest.mark.parametrize("path", ["/tickets?q=%00", "/tickets?q=%ff", "/tickets/%00", "/login?next=%00"])
def test_unreadable_input_is_a_bad_request(app: Flask, desk: Desk, path: str) -> None:
    """F-33."""
    client = app.test_client()
    sign_in(app, client, desk.admin)
    assert client.get(path).status_code in (400, 404)


@pytest.mark.parametrize(
    "target", ["//evil.test", "/\\evil.test", "https://evil.test", "http:evil.test", "\t//evil.test"]
)
def test_the_way_back_stays_on_this_host(client: FlaskClient, app: Flask, desk: Desk, target: str) -> None:
    """T-51."""
    sign_in(app, client, desk.lead, login_form_next=target)
    assert "evil" not in client.get("/").headers.get("Location", "")


def test_headers_forbid_what_pages_do_not_need(client: FlaskClient) -> None:
    """T-53."""
    headers = client.get("/login").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
