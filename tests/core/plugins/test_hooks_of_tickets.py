"""The hooks around tickets, through the services and pages of the whole app, with a plugin that is really installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, PluginFailed, Rejected
from helpdesk_core.customers.models import Contact
from helpdesk_core.customers.services import anonymise_contact
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.statuses.services import StatusValues, create_status
from helpdesk_core.testing.apps import dispose, make_app
from helpdesk_core.testing.desk import Desk, build_desk, journal
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.commands import AddComment, ChangeTicket, CreateTicket, TransitionTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.relations import observers_of
from helpdesk_core.tickets.services import change_ticket, create_ticket, delete_ticket, get_ticket, transition_ticket

pytestmark = [pytest.mark.helpdesk(plugins=["visit_log"]), pytest.mark.usefixtures("visit_log")]
Enter = Callable[[Actor], FlaskClient]


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with app.app_context():
        yield build_desk()


@pytest.fixture
def enter(app: Flask, desk: Desk) -> Enter:
    def entered(actor: Actor) -> FlaskClient:
        client = app.test_client()
        sign_in(app, client, actor)
        return client

    return entered


def notes(ticket_id: int) -> list[str]:
    services = sys.modules["helpdesk_visit_log.services"]
    with reading() as session:
        found: list[str] = services.notes_of(session, ticket_id)
        return found


def tickets() -> int:
    with reading() as session:
        return session.scalar(select(func.count(Ticket.id))) or 0


def move(ticket_id: int, to: str, actor: Actor) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
        transition_ticket(session, ticket, TransitionTicket(to=to), actor=actor)


def change(ticket_id: int, actor: Actor, **values: object) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
        change_ticket(session, ticket, ChangeTicket(values=values), actor=actor)


def test_hook_validate_ticket_gives_its_message_to_the_field(desk: Desk, enter: Enter) -> None:
    with pytest.raises(Invalid) as refusal:
        desk.ticket(subject="a forbidden word")
    assert (refusal.value.plugin, refusal.value.errors) == (
        "visit_log",
        {"subject": ["has a word that is closed here"]},
    )
    answer = enter(desk.admin).post("/tickets/new", data={"subject": "a forbidden word", "priority_id": ""})
    assert (answer.status_code, "has a word that is closed here" in answer.text) == (422, True)
    assert tickets() == 0


def test_hook_before_ticket_create_refuses_and_nothing_is_written(desk: Desk) -> None:
    with pytest.raises(Rejected) as refusal:
        desk.ticket(subject="unannounced visit")
    assert (refusal.value.plugin, refusal.value.reason) == ("visit_log", "Visits are announced")
    assert tickets() == 0


def test_hook_ticket_created_writes_in_the_transaction_of_the_ticket(desk: Desk) -> None:
    ticket_id = desk.ticket(subject="visit the till")
    assert notes(ticket_id) == ["created by Ada Admin"]
    assert journal(ticket_id) == ["visit_log.noted", "ticket.created"]
    with pytest.raises(PluginFailed) as failure:
        desk.ticket(subject="failing visit")
    assert (failure.value.plugin, failure.value.hook) == ("visit_log", "helpdesk_ticket_created")
    assert tickets() == 1


def test_hook_before_ticket_change_refuses_and_the_old_value_stays(desk: Desk) -> None:
    ticket_id = desk.ticket(subject="Till")
    with pytest.raises(Rejected, match="frozen"):
        change(ticket_id, desk.admin, subject="frozen")
    assert notes(ticket_id) == []
    with reading() as session:
        assert session.get_one(Ticket, ticket_id).subject == "Till"


def test_hook_ticket_changed_is_told_what_differs(desk: Desk) -> None:
    ticket_id = desk.ticket(subject="Till")
    change(ticket_id, desk.admin, subject="Scale", description="", tags=["pos"])
    assert notes(ticket_id) == ["changed subject, tags"]


def test_hook_before_comment_add_refuses_and_no_comment_stays(desk: Desk) -> None:
    ticket_id = desk.ticket()
    with pytest.raises(Rejected, match="Calm down"):
        desk.comment(ticket_id, "no shouting")
    assert "comment.added" not in journal(ticket_id)


def test_hook_comment_added_knows_whether_the_comment_is_internal(desk: Desk) -> None:
    ticket_id = desk.ticket()
    desk.comment(ticket_id, "for us", internal=True)
    desk.comment(ticket_id, "for all")
    assert notes(ticket_id) == ["internal", "public"]


def test_hook_before_ticket_delete_refuses_and_the_plugins_rows_go_with_the_ticket(desk: Desk) -> None:
    kept, gone = (
        desk.ticket(subject="keep this visit"),
        desk.ticket(subject="visit once", extra={"ext.visit_log.car": "B 1"}),
    )
    with pytest.raises(Rejected, match="This one is kept") as refusal, unit_of_work() as session:
        delete_ticket(session, get_ticket(session, kept, actor=desk.admin), actor=desk.admin)
    with unit_of_work() as session:
        delete_ticket(session, get_ticket(session, gone, actor=desk.admin), actor=desk.admin)
    assert refusal.value.plugin == "visit_log"
    assert (len(notes(kept)), notes(gone), tickets()) == (1, [], 1)


def test_hook_before_transition_refuses_until_the_visit_is_noted(desk: Desk, enter: Enter) -> None:
    ticket_id = desk.ticket()
    move(ticket_id, "visit_log.on_site", desk.admin)
    with pytest.raises(Rejected, match="Note the visit first") as refusal:
        move(ticket_id, "service_desk.resolved", desk.admin)
    assert refusal.value.plugin == "visit_log"
    assert enter(desk.admin).post(f"/visit_log/tickets/{ticket_id}/note").status_code == 303
    move(ticket_id, "service_desk.resolved", desk.admin)
    assert journal(ticket_id)[-1] == "ticket.transitioned"


def test_hook_ticket_transitioned_sees_the_new_status(desk: Desk) -> None:
    ticket_id = desk.ticket()
    move(ticket_id, "service_desk.resolved", desk.admin)
    assert notes(ticket_id) == ["moved to service_desk.resolved"]


def test_hook_register_statuses_and_transitions_stand_in_the_matrix_and_in_the_card(desk: Desk, enter: Enter) -> None:
    ticket_id = desk.ticket()
    browser = enter(desk.admin)
    assert 'value="service_desk.open visit_log.on_site"' in browser.get("/settings/statuses/steps").text
    assert 'value="visit_log.on_site"' in browser.get(f"/tickets/{ticket_id}").text
    browser.post(f"/tickets/{ticket_id}/transition", data={"to": "visit_log.on_site"})
    assert 'data-status="visit_log.on_site"' in browser.get(f"/tickets/{ticket_id}").text


def test_hook_register_transitions_leaves_the_last_word_to_the_matrix(desk: Desk, enter: Enter) -> None:
    ticket_id = desk.ticket()
    enter(desk.admin).post("/settings/statuses/steps", data={"step": ["service_desk.open service_desk.resolved"]})
    with pytest.raises(Rejected, match="no step"):
        move(ticket_id, "visit_log.on_site", desk.admin)


def test_hook_suggest_assignee_chooses_for_a_ticket_without_one(desk: Desk) -> None:
    suggested, chosen = (
        desk.ticket(subject="send an engineer"),
        desk.ticket(subject="an engineer", assignee_id=desk.lead.id),
    )
    nonsense = desk.ticket(subject="nobody can")
    with reading() as session:
        found = [session.get_one(Ticket, ticket_id).assignee_id for ticket_id in (suggested, chosen, nonsense)]
    assert found == [desk.insider.id, desk.lead.id, None]


def test_hook_suggest_observers_adds_those_who_follow(desk: Desk) -> None:
    ticket_id = desk.ticket(subject="watched by all", observer_group_ids=(desk.group_id,))
    with reading() as session:
        found = observers_of(session, ticket_id)
    people = [("employee", one.id) for one in (desk.admin, desk.lead, desk.insider, desk.outsider)]
    assert found == [*people, ("group", desk.group_id)]


def test_hook_reply_to_finished_ticket_decides_before_the_core(desk: Desk) -> None:
    statuses = {}
    for subject in ("solved for good", "solved"):
        ticket_id = desk.ticket(subject=subject)
        move(ticket_id, "service_desk.resolved", desk.admin)
        with unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=desk.customer, lock=True)
            add_comment(session, ticket, AddComment(body="thanks", internal=False), actor=desk.customer)
            statuses[subject] = ticket.status_key
    assert statuses == {"solved for good": "service_desk.resolved", "solved": "service_desk.open"}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("on site", "visit_log.on_site"),
        ("patient", "site.waiting"),
        ("lost", "service_desk.open"),
        ("plain", "service_desk.open"),
    ],
)
def test_hook_customer_replied_replaces_the_built_in_rule(desk: Desk, subject: str, expected: str) -> None:
    """UR-24: one step, not both; an answer that is no step is as good as none."""
    with unit_of_work() as session:
        sources, targets = ("service_desk.open",), ("service_desk.open", "visit_log.on_site")
        values = StatusValues(label="Waiting", category="waiting", sources=sources, targets=targets)
        create_status(session, values, actor=desk.admin)
    ticket_id = desk.ticket(subject=subject)
    move(ticket_id, "site.waiting", desk.admin)
    steps = journal(ticket_id).count("ticket.transitioned")
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.customer, lock=True)
        add_comment(session, ticket, AddComment(body="here it is", internal=False), actor=desk.customer)
        assert ticket.status_key == expected
    assert journal(ticket_id).count("ticket.transitioned") == steps + (expected != "site.waiting")


def test_hook_forget_user_runs_where_a_contact_is_anonymised(desk: Desk) -> None:
    blackened = sys.modules["helpdesk_visit_log.models"].Blackened
    with unit_of_work() as session:
        anonymise_contact(session, session.get_one(Contact, desk.customer.id), actor=desk.admin)
    with reading() as session:
        assert list(session.scalars(select(blackened.user_id))) == [desk.customer.id]


def test_hook_register_events_lets_the_journal_take_the_plugins_names(desk: Desk) -> None:
    ticket_id = desk.ticket(subject="visit")
    assert "visit_log.noted" in journal(ticket_id)


# --- fields ---------------------------------------------------------------------------------------------------------

CAR = "ext.visit_log.car"


def test_hook_register_ticket_fields_is_saved_from_the_form_and_changed_in_the_card(desk: Desk, enter: Enter) -> None:
    """OK-005: a plugin's field is filled on the form, shown and changed in the card, and kept in the history."""
    browser = enter(desk.admin)
    assert f'name="{CAR}"' in browser.get("/tickets/new").text
    assert browser.post("/tickets/new", data={"subject": "Till", CAR: "B 1"}).status_code == 303
    card = browser.get("/tickets/1").text
    assert (f'data-property="{CAR}"' in card, 'value="B 1"' in card) == (True, True)
    assert browser.post("/tickets/1/properties", data={"property": CAR, CAR: "B 2"}).status_code == 303
    assert 'value="B 2"' in browser.get("/tickets/1").text
    history = browser.get("/tickets/1?tab=history").text
    assert "Car" in history
    assert "B 1" in history
    assert notes(1) == ["changed ext.visit_log.car"]


def test_a_ticket_field_refuses_what_its_control_or_the_plugin_refuses(desk: Desk, enter: Enter) -> None:
    browser = enter(desk.admin)
    ticket_id = desk.ticket(extra={CAR: "B 1"})
    for path in ("/tickets/new", f"/tickets/{ticket_id}/properties"):
        for plate in ("far too long for a car", "STOLEN"):
            answer = browser.post(path, data={"subject": "Till", "property": CAR, CAR: plate})
            assert (path, plate, answer.status_code) == (path, plate, 422)
    with pytest.raises(PluginFailed, match="visit_log"):
        change(ticket_id, desk.admin, **{CAR: "BROKEN"})
    with reading() as session:
        cars = sys.modules["helpdesk_visit_log.services"].load_cars(session, [ticket_id])
    assert (cars, tickets()) == ({ticket_id: "B 1"}, 1)


def test_a_ticket_field_is_written_by_those_alone_who_hold_its_right(desk: Desk, enter: Enter) -> None:
    browser = enter(desk.lead)
    ticket_id = desk.ticket(extra={CAR: "B 1"})
    assert f'name="{CAR}"' not in browser.get("/tickets/new").text
    card = browser.get(f"/tickets/{ticket_id}").text
    assert (f'name="{CAR}"' in card, "B 1" in card) == (False, True)
    assert browser.post(f"/tickets/{ticket_id}/properties", data={CAR: "B 2"}).status_code == 403
    assert "B 1" not in enter(desk.customer).get(f"/my/{ticket_id}").text
    with pytest.raises(Invalid, match="no such field"):
        change(ticket_id, desk.admin, **{"ext.visit_log.boat": "x"})


def test_a_draft_of_a_customer_holds_no_fields_of_plugins(desk: Desk) -> None:
    with pytest.raises(Invalid), unit_of_work() as session:
        create_ticket(session, CreateTicket(subject="Till", extra={CAR: "B 1"}), actor=desk.customer)
    assert tickets() == 0


def test_without_the_plugin_its_fields_filters_and_steps_vanish_and_the_data_stays(
    app: Flask, desk: Desk, enter: Enter, tmp_path: Path
) -> None:
    """The same database, opened by an application in which the plugin does not run."""
    waiting, moved = desk.ticket(subject="visit", extra={CAR: "B 1"}), desk.ticket(subject="visit too")
    move(moved, "visit_log.on_site", desk.admin)
    enter(desk.admin).post("/tickets/columns", data={"columns": ["subject", CAR]})
    off = make_app(app.config["HELPDESK_DATABASE_URL"], tmp_path, config={"HELPDESK_SAFE_MODE": True})
    client = off.test_client()
    sign_in(off, client, desk.admin)
    pages = {
        path: client.get(path) for path in ("/tickets/new", f"/tickets/{waiting}", f"/tickets?{CAR}=B+1", "/settings")
    }
    assert {path: answer.status_code for path, answer in pages.items()} == dict.fromkeys(pages, 200)
    assert [path for path, answer in pages.items() if CAR in answer.text or "visit_log/" in answer.text] == []
    assert f'data-ticket="{moved}"' in pages[f"/tickets?{CAR}=B+1"].text  # the filter is not there: nothing is left out
    assert 'value="visit_log.on_site"' not in pages[f"/tickets/{waiting}"].text
    assert 'data-status="visit_log.on_site"' in client.get(f"/tickets/{moved}").text
    assert client.post(f"/tickets/{waiting}/transition", data={"to": "visit_log.on_site"}).status_code == 409
    assert client.post(f"/tickets/{moved}/delete").status_code == 303
    dispose(off)
    with reading() as session:
        cars = sys.modules["helpdesk_visit_log.services"].load_cars(session, [waiting])
    assert (cars, notes(moved)) == ({waiting: "B 1"}, [])
