"""Who may connect and join, who hears what, and when it ends: a server that serves, sockets that really open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import simple_websocket
from flask import Flask

from helpdesk_core.testing import Desk
from helpdesk_core.toolkit import (
    SYSTEM,
    Actor,
    ChangeTicket,
    TransitionTicket,
    change_ticket,
    get_ticket,
    transition_ticket,
    unit_of_work,
)
from helpdesk_push.options import save_options
from helpdesk_push.switchboard import EXTENSION, MOST_OF_ONE, Switchboard
from helpdesk_push.testing import OpenPage, connect, open_page, refusal_of

pytestmark = pytest.mark.helpdesk(plugins=["push"])

Enter = Callable[..., OpenPage]
Come = Callable[[Actor], Any]


def board(app: Flask) -> Switchboard:
    found: Switchboard = app.extensions[EXTENSION]
    return found


def assign(ticket_id: int, employee: Actor | None, *, actor: Actor = SYSTEM) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
        values = {"assignee_id": employee.id if employee else None}
        change_ticket(session, ticket, ChangeTicket(values=values), actor=actor)


# --- who comes in ---


def test_without_a_session_nothing_opens(address: str) -> None:
    """T-42."""
    assert refusal_of(address, None) == 401
    assert refusal_of(address, "helpdesk=forged") == 401


def test_a_session_that_ended_opens_nothing(address: str, desk: Desk, come: Come) -> None:
    """T-42."""
    visitor = come(desk.admin)
    assert visitor.client.post("/logout").status_code == 303
    assert refusal_of(address, visitor.cookie) == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1:1"])
def test_pages_of_other_sites_connect_nowhere(address: str, desk: Desk, come: Come, origin: str) -> None:
    """T-42, T-45."""
    assert refusal_of(address, come(desk.admin).cookie, origin=origin) == 403


def test_switched_off_nothing_opens(address: str, desk: Desk, come: Come) -> None:
    with unit_of_work() as session:
        save_options(session, {"live": False}, actor=desk.admin)
    assert refusal_of(address, come(desk.admin).cookie) == 503


def test_one_person_cannot_take_all_places(app: Flask, address: str, desk: Desk, come: Come, enter: Enter) -> None:
    """T-45."""
    visitor = come(desk.admin)
    pages = [enter(visitor, place="list") for _ in range(MOST_OF_ONE)]
    assert refusal_of(address, visitor.cookie) == 503
    assert enter(desk.lead).joined
    pages[0].close()
    pages[0].wait_for_end()


@pytest.mark.helpdesk(plugins=["push"], config={"HELPDESK_SOCKETS": 2})
def test_more_pages_than_places_are_refused(address: str, desk: Desk, come: Come, enter: Enter) -> None:
    """T-45."""
    assert enter(desk.admin).joined
    assert enter(desk.lead).joined
    assert refusal_of(address, come(desk.insider).cookie) == 503


@pytest.mark.parametrize(
    "hello",
    [
        {},
        None,
        [],
        "*",
        {"place": "*"},
        {"place": "admin"},
        {"place": "queue"},
        {"place": "ticket"},
        {"place": "ticket", "ticket": "1"},
        {"place": "ticket", "ticket": {"$gt": 0}},
        {"place": "ticket", "ticket": True},
        {"place": "ticket", "ticket": -1},
        {"place": "ticket", "ticket": 10**12},
        {"place": {"ticket": 1}},
        {"place": "list", "ticket": 1},
    ],
    ids=str,
)
def test_only_a_list_or_one_ticket_can_be_joined(app: Flask, enter: Enter, come: Come, address: str, desk: Desk,
                                                 hello: Any) -> None:  # fmt: skip
    """T-42: rooms of queues, wildcards and objects do not exist."""
    ticket_id = desk.ticket()
    page = open_page(address, come(desk.admin).cookie, hello)
    joined = page.joined
    seats = [seat for seat in board(app).seats.all() if seat.ticket_id == ticket_id]
    page.close()
    page.wait_for_end()
    assert joined is (hello == {"place": "list", "ticket": 1})
    assert seats == []


def test_other_namespaces_are_refused(address: str, desk: Desk, come: Come) -> None:
    """T-42."""
    page = OpenPage(connect(address, come(desk.admin).cookie), None, say_hello=False)
    page.send_raw('40/admin,{"place":"list"}')
    assert page.wait_for_answer().joined is False
    page.close()
    page.wait_for_end()


def test_a_ticket_is_joined_by_right(desk: Desk, enter: Enter) -> None:
    """T-42: a foreign ticket, of a colleague or another customer, is refused."""
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    joined = {
        who.label: enter(who, place="ticket", ticket=ticket_id).joined
        for who in (desk.admin, desk.insider, desk.outsider, desk.customer, desk.stranger)
    }
    assert joined == {
        desk.admin.label: True,
        desk.insider.label: True,
        desk.outsider.label: False,
        desk.customer.label: True,
        desk.stranger.label: False,
    }


def test_long_messages_and_floods_end_the_socket(desk: Desk, enter: Enter) -> None:
    """T-45."""
    ticket_id = desk.ticket()
    long, flooding = (enter(desk.admin, place="ticket", ticket=ticket_id) for _ in range(2))
    long.send_raw("42" + "x" * 1_000_000)
    long.wait_for_end()
    with suppress(OSError, simple_websocket.ConnectionClosed):  # it is closed while it still sends
        for _ in range(1000):
            flooding.say("answering", True)
    flooding.wait_for_end()


# --- who hears what ---


def test_a_hint_holds_numbers_and_reaches_who_looks_at_it(desk: Desk, enter: Enter) -> None:
    """OK-193, OK-195, T-44."""
    ticket_id, other_id = desk.ticket(), desk.ticket()
    on_list, on_card, elsewhere = (
        enter(desk.admin, place="list"),
        enter(desk.admin, place="ticket", ticket=ticket_id),
        enter(desk.admin, place="ticket", ticket=other_id),
    )
    nowhere = enter(desk.admin, place="")
    desk.comment(ticket_id, "The text that does not travel", actor=desk.lead)
    for page in (on_list, on_card):
        hint = page.next("hint")
        assert hint["tickets"] == [ticket_id]
        assert set(hint) == {"tickets", "last"}
    assign(ticket_id, desk.insider)
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=SYSTEM, lock=True)
        transition_ticket(session, ticket, TransitionTicket(to="service_desk.resolved"), actor=SYSTEM)
    desk.comment(other_id, "The end")
    assert elsewhere.next("hint")["tickets"] == [other_id]
    assert elsewhere.heard() == []
    assert nowhere.heard() == []  # a page of the settings hears nothing
    on_list.next("hint", where=lambda hint: other_id in hint["tickets"])
    assert [value["tickets"] for _name, value in on_card.heard()] in ([[ticket_id]], [[ticket_id]] * 2)


def test_a_list_hears_only_of_tickets_its_reader_may_see(desk: Desk, enter: Enter) -> None:
    """OK-193: who has no right to the ticket gets none."""
    hidden, seen = desk.ticket(), desk.ticket(assignee_id=desk.insider.id)
    page = enter(desk.insider, place="list")
    desk.comment(hidden, "Not for Ivan")
    desk.comment(seen, "For Ivan")
    assert page.next("hint")["tickets"] == [seen]
    assert page.heard() == []


def test_an_internal_note_never_reaches_a_customers_socket(desk: Desk, enter: Enter, come: Come) -> None:
    """OK-195, T-44: neither the hint, nor the news, nor the page that is read anew."""
    ticket_id = desk.ticket()
    visitor = come(desk.customer)
    pages = [enter(visitor, place="ticket", ticket=ticket_id), enter(visitor, place="list")]
    desk.comment(ticket_id, "CANARY-81f3", internal=True)
    assign(ticket_id, desk.insider)
    desk.comment(ticket_id, "Public words")
    for page in pages:
        assert page.next("hint")["tickets"] == [ticket_id]
        assert page.heard() == []
    news = visitor.client.get(f"/push/news?after=0&ticket={ticket_id}")
    assert [one["kind"] for one in news.get_json()["notices"]] == ["comment.added"]
    for path in (f"/push/news?after=0&ticket={ticket_id}", "/push/news?after=0", f"/my/{ticket_id}", "/my"):
        assert "CANARY" not in visitor.client.get(path).text
        assert "note" not in visitor.client.get("/push/news?after=0").text


def test_nothing_is_said_of_what_was_rolled_back(desk: Desk, enter: Enter) -> None:
    """T-46."""
    ticket_id = desk.ticket()
    page = enter(desk.admin, place="list")
    with suppress(ZeroDivisionError), unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.lead, lock=True)
        change_ticket(session, ticket, ChangeTicket(values={"assignee_id": desk.lead.id}), actor=desk.lead)
        raise ZeroDivisionError
    other_id = desk.ticket()
    assert page.next("hint")["tickets"] == [other_id]
    assert page.heard() == []


def test_who_is_given_a_ticket_hears_of_it_though_it_was_hidden_a_moment_ago(desk: Desk, enter: Enter) -> None:
    """OK-195: an answer of the policy that is remembered does not outlive what changes it."""
    ticket_id = desk.ticket()
    page, control = enter(desk.insider, place="list"), enter(desk.admin, place="list")
    desk.comment(ticket_id, "Not for Ivan yet")
    control.next("hint")
    assign(ticket_id, desk.insider)
    assert page.next("hint")["tickets"] == [ticket_id]


# --- when it ends ---


def test_a_right_that_ends_closes_the_socket_though_nothing_happens(desk: Desk, enter: Enter) -> None:
    """T-43: the socket is told that it is over, and closed."""
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    page, other = (enter(who, place="ticket", ticket=ticket_id) for who in (desk.insider, desk.admin))
    desk.comment(ticket_id, "Still yours")
    page.next("hint")
    assign(ticket_id, desk.outsider)
    assert page.next("left") == {}
    page.wait_for_end()
    assert other.is_open


def test_a_right_that_ends_ends_the_hints_of_a_list(desk: Desk, enter: Enter) -> None:
    """T-43."""
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    page, control = enter(desk.insider, place="list"), enter(desk.admin, place="list")
    desk.comment(ticket_id, "Heard")
    page.next("hint")
    assign(ticket_id, desk.outsider)
    control.heard()
    quiet = 0
    for index in range(200):
        page.heard()
        desk.comment(ticket_id, f"{index}")
        control.next("hint")
        control._ended.wait(0.3)
        quiet = 0 if page.heard() else quiet + 1
        if quiet == 3:
            break
    assert quiet == 3
    mine = desk.ticket(assignee_id=desk.insider.id)
    assert page.next("hint")["tickets"] == [mine]


def test_a_session_that_ends_closes_its_socket(desk: Desk, enter: Enter, come: Come) -> None:
    """T-43."""
    visitor = come(desk.admin)
    page, other = enter(visitor, place="list"), enter(desk.admin, place="list")
    assert visitor.client.post("/logout").status_code == 303
    assert page.next("left") == {}
    page.wait_for_end()
    assert other.is_open


def test_a_socket_holds_no_connection_to_the_database(app: Flask, desk: Desk, enter: Enter) -> None:
    ticket_id = desk.ticket()
    pages = [enter(desk.admin), enter(desk.lead, place="ticket", ticket=ticket_id)]
    desk.comment(ticket_id, "Heard")
    for page in pages:
        page.next("hint")
    database: Any = app.extensions["sqlalchemy"]
    database.session.remove()
    pool = database.engine.pool
    for _ in range(100):
        if pool.checkedout() == 0:
            break
        pages[0]._ended.wait(0.1)
    assert pool.checkedout() == 0
    assert all(page.is_open for page in pages)


# --- who is answering ---


def test_colleagues_see_who_is_answering_and_customers_never_do(desk: Desk, enter: Enter) -> None:
    """T-44."""
    ticket_id = desk.ticket()
    anna, ben, customer = (
        enter(who, place="ticket", ticket=ticket_id) for who in (desk.admin, desk.lead, desk.customer)
    )
    anna.say("answering", True)
    assert ben.next("answering") == {"people": [desk.admin.label]}
    late = enter(desk.lead, place="ticket", ticket=ticket_id)
    assert late.next("answering") == {"people": [desk.admin.label]}
    customer.say("answering", True)
    anna.say("answering", False)
    assert ben.next("answering") == {"people": []}
    desk.comment(ticket_id, "Done")
    customer.next("hint")
    assert customer.heard() == []
    ben.next("hint")
    assert ben.heard() == []


def test_who_leaves_the_page_is_no_longer_answering(desk: Desk, enter: Enter) -> None:
    ticket_id = desk.ticket()
    anna, ben = (enter(who, place="ticket", ticket=ticket_id) for who in (desk.admin, desk.lead))
    anna.say("answering", True)
    ben.next("answering", where=lambda value: value["people"])
    anna.close()
    assert ben.next("answering") == {"people": []}


# --- the bell ---


def test_the_bell_rings_for_dispatchers_alone(desk: Desk, enter: Enter) -> None:
    """CR-13."""
    lead, insider = enter(desk.lead, place="", bell=True), enter(desk.insider, place="", bell=True)
    ticket_id = desk.ticket()
    assert lead.next() == {}
    control = enter(desk.insider, place="list")
    assign(ticket_id, desk.insider)
    control.next("hint")
    assert insider.heard() == []
