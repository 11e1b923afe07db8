"""Two people, one ticket, the same moment: nothing is lost, nothing is doubled, nobody gets an error page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from helpdesk_core.contract.actor import Actor
from helpdesk_core.db.reference import touch_reference
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.testing.desk import Desk, journal
from helpdesk_core.testing.factories import MakeEmployee
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.models import (
    Comment,
    CommentRevision,
    SavedView,
    Tag,
    Ticket,
    TicketLink,
    TicketObserver,
    TicketTag,
)
from helpdesk_core.users.models import Employee
from tests.core.threats.racing import ROUNDS, at_once

Answer = Callable[[], TestResponse]


def _enter(app: Flask, *people: Actor) -> list[FlaskClient]:
    clients = []
    for person in people:
        client = app.test_client()
        sign_in(app, client, person)
        clients.append(client)
    return clients


def _post(client: FlaskClient, url: str, form: dict[str, object]) -> Answer:
    return lambda: client.post(url, data=dict(form))


def _statuses(answers: list[TestResponse]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def _ticket(ticket_id: int) -> Ticket:
    with reading() as session:
        return session.get_one(Ticket, ticket_id)


def _count(model: type, *conditions: object) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]


def _changes(ticket_id: int, field: str) -> list[object]:
    with reading() as session:
        rows = session.scalars(
            select(EventRow)
            .where(EventRow.ticket_id == ticket_id, EventRow.name == "ticket.changed")
            .order_by(EventRow.id)
        )
        return [row.after[field] for row in rows if field in row.after]


@ROUNDS
def test_different_fields_both_survive(app: Flask, desk: Desk, rounds: int) -> None:
    """T-60, F-09: both began from the same version, and both are in the history."""
    admin, lead = _enter(app, desk.admin, desk.lead)
    for _ in range(rounds):
        ticket_id = desk.ticket()
        url = f"/tickets/{ticket_id}/properties"
        answers = at_once(
            [
                _post(admin, url, {"subject": "Other words", "version": "1"}),
                _post(lead, url, {"due_at": "2030-01-02", "version": "1"}),
            ]
        )
        assert _statuses(answers) == {303: 2}
        row = _ticket(ticket_id)
        assert (row.subject, row.due_at is not None, row.version) == ("Other words", True, 3)
        assert len(_changes(ticket_id, "subject")) == len(_changes(ticket_id, "due_at")) == 1


@ROUNDS
def test_of_the_same_field_the_second_is_asked(app: Flask, desk: Desk, rounds: int) -> None:
    """T-60, F-09: 409 with both versions; sent again with the page's own version it holds, and history has both."""
    clients = _enter(app, desk.admin, desk.lead)
    for _ in range(rounds):
        ticket_id = desk.ticket()
        url = f"/tickets/{ticket_id}/properties"
        words = ["Words of one", "Words of the other"]
        answers = at_once(
            [_post(client, url, {"subject": text, "version": "1"}) for client, text in zip(clients, words, strict=True)]
        )
        assert _statuses(answers) == {303: 1, 409: 1}
        loser = next(index for index, answer in enumerate(answers) if answer.status_code == 409)
        assert _ticket(ticket_id).subject == words[1 - loser]
        page = answers[loser].text
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version is not None
        assert words[0] in page
        assert words[1] in page
        again = clients[loser].post(url, data={"subject": words[loser], "version": version[1]})
        assert again.status_code == 303
        assert _changes(ticket_id, "subject") == [words[1 - loser], words[loser]]


@ROUNDS
def test_a_comment_edited_twice_at_once_loses_no_text(app: Flask, desk: Desk, rounds: int) -> None:
    """T-60: the second editor sees the first one's text, and every text that was stored stands in the history."""
    clients = _enter(app, desk.admin, desk.lead)
    ticket_id = desk.ticket()
    for _ in range(rounds):
        comment_id = desk.comment(ticket_id, "First words")
        texts = ["Text of one", "Text of the other"]
        answers = at_once(
            [
                _post(client, f"/comments/{comment_id}/edit", {"body": text, "version": "1"})
                for client, text in zip(clients, texts, strict=True)
            ]
        )
        assert _statuses(answers) == {303: 1, 409: 1}
        winner = next(text for text, answer in zip(texts, answers, strict=True) if answer.status_code == 303)
        with reading() as session:
            assert session.get_one(Comment, comment_id).body == winner
            kept = select(CommentRevision.body).where(CommentRevision.comment_id == comment_id)
            assert session.scalars(kept).all() == ["First words"]


@ROUNDS
def test_twenty_take_a_ticket_and_one_has_it(app: Flask, desk: Desk, make_employee: MakeEmployee, rounds: int) -> None:
    """T-61: exactly one owner, one line in the history, and nineteen who are told whose it is."""
    people = [make_employee(f"Taker {number}", role="core.lead") for number in range(20)]
    actors = [Actor(desk.admin.kind, person.id, person.name) for person in people]
    clients = _enter(app, *actors)
    for _ in range(max(1, rounds // 2)):
        ticket_id = desk.ticket()
        answers = at_once(
            [
                _post(client, f"/tickets/{ticket_id}/properties", {"assignee": f"e{actor.id}", "version": "1"})
                for client, actor in zip(clients, actors, strict=True)
            ]
        )
        assert _statuses(answers) == {303: 1, 409: 19}
        winner = next(actor for actor, answer in zip(actors, answers, strict=True) if answer.status_code == 303)
        assert _ticket(ticket_id).assignee_id == winner.id
        assert _changes(ticket_id, "assignee_id") == [winner.id]


@ROUNDS
def test_fifty_tickets_made_at_once_have_fifty_numbers(app: Flask, desk: Desk, rounds: int) -> None:
    """T-62: also when all of them bring the same new tag, and fifty words in the search."""
    clients = _enter(app, *[desk.admin, desk.lead, desk.insider, desk.outsider, desk.customer] * 10)
    for number in range(max(1, rounds // 4)):
        before = _count(Ticket)
        actions = []
        for index, client in enumerate(clients):
            url = "/my/new" if index % 5 == 4 else "/tickets/new"
            actions.append(_post(client, url, {"subject": f"Number {index}", "tags": [f"new-{number}"]}))
        answers = at_once(actions)
        assert _statuses(answers) == {303: 50}
        places = {answer.location.rsplit("/", 1)[1] for answer in answers}
        assert len(places) == 50
        assert _count(Ticket) == before + 50
        assert _count(Tag, Tag.name == f"new-{number}") == 1
        with reading() as session:
            tagged = select(func.count()).select_from(TicketTag).join(Tag, Tag.id == TicketTag.tag_id)
            assert session.scalar(tagged.where(Tag.name == f"new-{number}")) == 40
            assert session.scalars(select(EventRow.name).where(EventRow.ticket_id.in_(map(int, places)))).all() == (
                ["ticket.created"] * 50
            )


@ROUNDS
def test_a_form_sent_ten_times_at_once_makes_one_ticket(app: Flask, desk: Desk, rounds: int) -> None:
    """T-62, OK-008: every press is led to the same ticket."""
    (client,) = _enter(app, desk.admin)
    for number in range(rounds):
        before = _count(Ticket)
        form: dict[str, object] = {"subject": "Pressed ten times", "form_token": f"{number:032x}"}
        answers = at_once([_post(client, "/tickets/new", form)] * 10)
        assert _statuses(answers) == {303: 10}
        assert len({answer.location for answer in answers}) == 1
        assert _count(Ticket) == before + 1


@ROUNDS
def test_a_step_taken_by_ten_at_once_is_taken_once(app: Flask, desk: Desk, rounds: int) -> None:
    """T-60, F-09: one line in the history; who comes later finds it done."""
    clients = _enter(app, desk.admin, desk.lead) * 5
    for _ in range(rounds):
        ticket_id = desk.ticket()
        answers = at_once(
            [_post(client, f"/tickets/{ticket_id}/transition", {"to": "service_desk.resolved"}) for client in clients]
        )
        assert _statuses(answers) == {303: 10}
        assert journal(ticket_id).count("ticket.transitioned") == 1


@ROUNDS
def test_many_small_things_at_once_break_nothing(app: Flask, desk: Desk, rounds: int) -> None:
    """F-09: the same link, watch, column choice and view from two windows, and bulk changes in opposite orders."""
    clients = _enter(app, desk.admin, desk.lead, desk.admin, desk.lead)
    for number in range(rounds):
        first, second = desk.ticket(), desk.ticket()
        link: dict[str, object] = {"number": str(second), "relation": "related"}
        columns: dict[str, object] = {"columns": ["number", "subject"]}
        view: dict[str, object] = {"name": f"View {number % 40}"}  # there may be fifty
        answers = at_once(
            [
                *[_post(client, f"/tickets/{first}/links", link) for client in clients],
                *[_post(client, f"/tickets/{first}/watch", {}) for client in clients],
                *[_post(client, "/tickets/columns", columns) for client in clients],
                *[_post(client, "/tickets/views", view) for client in clients],
                *[partial(client.get, f"/tickets/{first}") for client in clients],
            ]
        )
        assert set(_statuses(answers)) <= {200, 303}, _statuses(answers)
        assert _count(TicketLink, TicketLink.source_id == first) == 1
        assert _count(TicketObserver, TicketObserver.ticket_id == first) == 0, "each watched and ceased to watch"
        assert _count(SavedView, SavedView.name == f"View {number % 40}") == 2
        orders = [[str(first), str(second)], [str(second), str(first)]] * 2
        answers = at_once(
            [
                _post(client, "/tickets/bulk", {"ids": order, "action": "tag", "value_tag": f"t{number}-{index}"})
                for index, (client, order) in enumerate(zip(clients, orders, strict=True))
            ]
        )
        assert _statuses(answers) == {303: 4}
        for ticket_id in (first, second):
            assert _count(TicketTag, TicketTag.ticket_id == ticket_id) == 4


@ROUNDS
def test_two_administrators_who_dismiss_each_other_leave_one(
    app: Flask, desk: Desk, make_employee: MakeEmployee, rounds: int
) -> None:
    """F-09: the rule about the last administrator also holds for two requests at once."""
    with unit_of_work() as session:
        session.get_one(Employee, desk.admin.id).active = False
    for number in range(rounds):
        pair = [make_employee(f"Administrator {number} {which}") for which in "ab"]
        clients = _enter(app, *[Actor(desk.admin.kind, one.id, one.name) for one in pair])
        answers = at_once(
            [
                _post(client, f"/employees/{other.id}/deactivate", {"employee_id": "", "group_id": ""})
                for client, other in zip(clients, reversed(pair), strict=True)
            ]
        )
        left = _count(Employee, Employee.active, Employee.id.in_([one.id for one in pair]))
        assert left == 1, _statuses(answers)
        with unit_of_work() as session:
            session.execute(update(Employee).where(Employee.id.in_([one.id for one in pair])).values(active=False))
            touch_reference(session)


@ROUNDS
def test_a_name_that_exists_once_is_given_once(app: Flask, desk: Desk, rounds: int) -> None:
    """F-09: two windows add a group, a list's entry, a status and a login of the same name: one has it, one is told."""
    clients = _enter(app, desk.admin, desk.admin)
    colours = {"background": "#e9ecef", "foreground": "#212529"}
    for number in range(rounds):
        name = f"Twin {number}"
        forms: list[tuple[str, dict[str, object]]] = [
            ("/groups/new", {"name": name}),
            ("/settings/lists/types/new", {"name": name, "position": "1"}),
            ("/settings/statuses/new", {"label": name, "category": "open", **colours}),
            (
                "/employees/new",
                {"name": name, "login": name.replace(" ", ""), "timezone": "UTC", "language": "en"},
            ),
            (
                "/employees/new",
                {"name": name, "email": f"twin{number}@example.test", "timezone": "UTC", "language": "en"},
            ),
        ]
        if number >= 50:
            forms = [form for form in forms if "statuses" not in form[0]]  # there may be sixty
        for url, form in forms:
            answers = at_once([_post(client, url, form) for client in clients])
            assert _statuses(answers) == {303: 1, 422: 1}, url


@pytest.mark.parametrize("who", ["admin", "customer"])
def test_a_comment_written_while_the_ticket_is_deleted_is_stored_or_refused(app: Flask, desk: Desk, who: str) -> None:
    """F-09, T-65: never a comment without its ticket, never an error page."""
    writer, deleter = _enter(app, getattr(desk, who), desk.admin)
    for _ in range(5):
        ticket_id = desk.ticket()
        url = f"/my/{ticket_id}/reply" if who == "customer" else f"/tickets/{ticket_id}/comments"
        answers = at_once(
            [
                _post(writer, url, {"body": "Just now", "visibility": "public"}),
                _post(deleter, f"/tickets/{ticket_id}/delete", {}),
            ]
        )
        assert answers[1].status_code == 303
        assert answers[0].status_code in (303, 404)
        assert _count(Comment, Comment.ticket_id == ticket_id) == 0
