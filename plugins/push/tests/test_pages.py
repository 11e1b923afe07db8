"""What pages ask for: news in words, the bell, the settings, and what they know at first."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, count_queries
from helpdesk_core.toolkit import (
    Actor,
    ChangeTicket,
    TransitionTicket,
    change_ticket,
    get_ticket,
    reading,
    transition_ticket,
    unit_of_work,
)
from helpdesk_push.health import findings
from helpdesk_push.notices import MOST
from helpdesk_push.options import Options, read_options, save_options

pytestmark = pytest.mark.helpdesk(plugins=["push"])

Come = Callable[[Actor], Any]


def news(visitor: Any, *, after: int = 0, ticket: int | None = None) -> dict[str, Any]:
    query: dict[str, int] = {"after": after} | ({"ticket": ticket} if ticket is not None else {})
    answer = visitor.client.get("/push/news", query_string=query, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def change(ticket_id: int, actor: Actor, **values: object) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
        change_ticket(session, ticket, ChangeTicket(values=values), actor=actor)


def test_a_reader_is_told_of_assignee_status_and_comment_and_of_nothing_else(desk: Desk, come: Come) -> None:
    """OK-194, OK-195."""
    ticket_id = desk.ticket()
    start = news(come(desk.lead))["last"]
    change(ticket_id, desk.admin, subject="Another subject", tags=["till"])
    change(ticket_id, desk.admin, assignee_id=desk.insider.id)
    desk.comment(ticket_id, "To the customer")
    desk.comment(ticket_id, "Between us", internal=True)
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        transition_ticket(session, ticket, TransitionTicket(to="service_desk.resolved"), actor=desk.admin)
    told = news(come(desk.lead), after=start)
    texts = [notice["text"].partition(" — ")[0] for notice in told["notices"] if notice["id"] > start]
    assert texts == [
        "Assigned to Ivan Insider",
        "Ada Admin wrote",
        "Ada Admin left an internal note",
        "Status: Resolved",
    ]
    assert told["tickets"] == [ticket_id]
    assert told["notices"][0]["url"] == f"/tickets/{ticket_id}"
    assert all("Between us" not in notice["text"] for notice in told["notices"])


def test_nobody_is_told_of_what_they_did(desk: Desk, come: Come) -> None:
    ticket_id = desk.ticket()
    desk.comment(ticket_id, "My own words")
    mine, theirs = news(come(desk.admin)), news(come(desk.lead))
    assert mine["notices"] == []
    assert mine["tickets"] == [ticket_id]  # another page of theirs follows all the same
    assert len(theirs["notices"]) == 1


def test_news_of_a_ticket_are_for_who_may_read_it(desk: Desk, come: Come) -> None:
    """OK-193, T-44."""
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    desk.comment(ticket_id, "Words")
    assert news(come(desk.outsider))["tickets"] == []
    refused = come(desk.outsider).client.get(f"/push/news?after=0&ticket={ticket_id}")
    assert refused.status_code == 404
    stranger = come(desk.stranger)
    assert stranger.client.get(f"/push/news?after=0&ticket={ticket_id}").status_code == 404
    assert news(stranger)["events"] == []


@pytest.mark.parametrize("query", ["after=-1", "after=99999999999", "after=0&ticket=-3", "after=0&ticket=99999999999"])
def test_numbers_that_no_event_has_are_refused(desk: Desk, come: Come, query: str) -> None:
    assert come(desk.admin).client.get(f"/push/news?{query}").status_code == 400


def test_who_was_away_too_long_reads_anew_instead(desk: Desk, come: Come) -> None:
    ticket_id = desk.ticket()
    with unit_of_work() as session:
        for number in range(MOST + 5):
            ticket = get_ticket(session, ticket_id, actor=desk.admin)
            change_ticket(session, ticket, ChangeTicket(values={"subject": f"Subject {number}"}), actor=desk.admin)
    told = news(come(desk.lead))
    assert told["again"]
    assert told["notices"] == []
    assert told["last"] >= MOST


def test_news_cost_the_same_for_one_event_and_for_many(app: Flask, desk: Desk, come: Come) -> None:
    visitor = come(desk.lead)
    desk.comment(desk.ticket(), "One")
    news(visitor)
    with count_queries() as few:
        news(visitor)
    for _ in range(10):
        desk.comment(desk.ticket(), "Many")
    with count_queries() as many:
        assert len(news(visitor)["tickets"]) == 11
    assert len(many) == len(few)


def test_pages_know_where_they_are(desk: Desk, come: Come) -> None:
    """OK-193: a page of the settings hears nothing."""
    ticket_id = desk.ticket()
    visitor = come(desk.admin)
    places = {
        path: re.findall(r'data-place="(\w*)" data-ticket="(\d*)" data-since="(\d+)"', visitor.client.get(path).text)
        for path in ("/tickets", "/inbox", f"/tickets/{ticket_id}", "/settings", "/account")
    }
    last = str(news(visitor)["last"])
    assert places == {
        "/tickets": [("list", "", last)],
        "/inbox": [("list", "", last)],
        f"/tickets/{ticket_id}": [("ticket", str(ticket_id), last)],
        "/settings": [],
        "/account": [],
    }
    customer = come(desk.customer).client
    assert 'data-place="list"' in customer.get("/my").text
    assert f'data-place="ticket" data-ticket="{ticket_id}"' in customer.get(f"/my/{ticket_id}").text
    assert "data-push" not in customer.get("/my/new").text


# --- the bell ---


def test_the_bell_is_off_until_it_is_switched_on_and_then_for_dispatchers(desk: Desk, come: Come) -> None:
    """CR-13."""
    page = come(desk.lead).client.get("/account").text
    assert "data-push" not in page
    with unit_of_work() as session:
        save_options(session, {"bell": True}, actor=desk.admin)
    assert 'data-bell="yes"' in come(desk.lead).client.get("/account").text
    assert "data-push" not in come(desk.insider).client.get("/account").text
    assert come(desk.insider).client.get("/push/bell").status_code == 403


@pytest.mark.helpdesk(plugins=["push"], preset="lead_desk")
def test_a_lead_desk_has_the_bell_from_the_start(app: Flask, desk: Desk, come: Come) -> None:
    """CR-13."""
    with app.app_context(), reading() as session:
        assert read_options(session).bell
    assert 'data-bell="yes"' in come(desk.lead).client.get("/account").text
    with app.app_context(), unit_of_work() as session:
        save_options(session, {"bell": False}, actor=desk.admin)
    assert "data-push" not in come(desk.lead).client.get("/account").text


def test_of_two_who_take_a_ticket_the_second_reads_who_was_faster(app: Flask, desk: Desk, come: Come) -> None:
    """CR-13."""
    ticket_id = desk.ticket(subject="New lead")
    lead, admin = come(desk.lead), come(desk.admin)
    assert "New lead" in lead.client.get("/push/bell").text
    first = lead.client.post(f"/push/bell/{ticket_id}/take")
    assert (first.status_code, first.headers["Location"]) == (303, f"/tickets/{ticket_id}")
    assert "Taken by" not in lead.client.get(f"/tickets/{ticket_id}").text
    second = admin.client.post(f"/push/bell/{ticket_id}/take", follow_redirects=True)
    assert "Taken by Lee Lead." in second.text
    assert "Taken by Lee Lead." in admin.client.get(f"/push/bell/{ticket_id}", follow_redirects=True).text
    with app.app_context(), reading() as session:
        assert get_ticket(session, ticket_id, actor=desk.admin).assignee_id == desk.lead.id
    assert "New lead" not in lead.client.get("/push/bell").text


def test_the_bell_names_ten_at_most_and_no_finished_ones(desk: Desk, come: Come) -> None:
    for number in range(12):
        desk.ticket(subject=f"Waiting {number}")
    done = desk.ticket(subject="Done already")
    with unit_of_work() as session:
        ticket = get_ticket(session, done, actor=desk.admin, lock=True)
        transition_ticket(session, ticket, TransitionTicket(to="service_desk.resolved"), actor=desk.admin)
    text = come(desk.lead).client.get("/push/bell").text
    assert text.count("data-bell-ticket") == 9
    assert 'data-count="9+"' in text
    assert "Done already" not in text


# --- settings and health ---


def test_the_settings_are_for_who_may_manage_them_and_are_journalled(app: Flask, desk: Desk, come: Come) -> None:
    assert come(desk.lead).client.post("/settings/push/", data={"bell": "y"}).status_code == 403
    admin = come(desk.admin).client
    assert admin.post("/settings/push/", data={"bell": "y", "live": "y"}).status_code == 303
    with reading() as session:
        assert read_options(session) == Options(live=True, sound=False, bell=True)
    page = come(desk.lead).client.get("/tickets").text
    assert 'data-sound="off"' in page
    assert admin.get("/settings/push/").status_code == 200


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"HELPDESK_WORKERS": 1, "HELPDESK_REDIS_URL": ""}, [("ok", "one process")]),
        ({"HELPDESK_WORKERS": 2, "HELPDESK_REDIS_URL": ""}, [("warning", "2 workers need Redis for push")]),
        ({"HELPDESK_WORKERS": 2, "HELPDESK_REDIS_URL": "redis://127.0.0.1/0"}, [("ok", "Redis")]),
        ({"HELPDESK_REDIS_URL": "redis+sentinel://a/b"}, [("warning", "live pages cannot use Redis Sentinel")]),
        ({"HELPDESK_SOCKETS": 0}, [("ok", "one process"), ("warning", "HELPDESK_SOCKETS is 0")]),
    ],
)
def test_the_check_says_what_is_missing(app: Flask, config: dict[str, Any], said: list[tuple[str, str]]) -> None:
    app.config.update(config)
    found = [(one.status.value, one.message[: len(text)]) for one, (_, text) in zip(findings(app), said, strict=True)]
    assert found == said
