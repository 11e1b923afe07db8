"""Which steps a ticket may take, and who may take them, on every surface."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from helpdesk_core.contract.errors import Forbidden, Invalid, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.i18n.terms import term
from helpdesk_core.statuses.models import StatusTransition
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.bulk import BulkChange, apply_bulk
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import ChangeTicket
from helpdesk_core.tickets.services import change_ticket, get_ticket
from helpdesk_core.tickets.steps import finish_target, open_steps
from tests.core.statuses.conftest import Enter
from tests.core.statuses.moving import (
    CLOSED,
    OPEN,
    POSTPONED,
    RESOLVED,
    deny,
    offer,
    own_status,
    row,
    say,
    status_of,
    step,
    steps_taken,
)


def _incident() -> int:
    with reading():
        return next(one.id for one in ticket_catalog().types.values() if one.key == "core.incident")


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ((), {POSTPONED, RESOLVED}),
        ((POSTPONED,), {OPEN, RESOLVED}),
        ((RESOLVED,), {CLOSED, OPEN}),
        ((RESOLVED, CLOSED), set()),
    ],
)
def test_each_status_offers_its_steps_and_no_other(desk: Desk, path: tuple[str, ...], offered: set[str]) -> None:
    """OK-033, OK-034, OK-035, OK-036: on the service itself, which every surface asks."""
    ticket_id = desk.ticket()
    for to in path:
        step(ticket_id, to, desk.admin)
    with reading() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin)
        assert {one.key for one in open_steps(ticket, desk.admin)} == offered
    before = status_of(ticket_id)
    for to in {OPEN, POSTPONED, RESOLVED, CLOSED} - offered - {before}:
        with pytest.raises(Rejected):
            step(ticket_id, to, desk.admin)
    assert status_of(ticket_id) == before


@pytest.mark.parametrize("until", [None, timedelta(seconds=-1), timedelta(days=6 * 366)])
def test_postponing_asks_until_when(desk: Desk, until: timedelta | None) -> None:
    """OK-039, CR-16: no time, a past one and a year that was mistyped are refused."""
    ticket_id = desk.ticket()
    at = utcnow() + until if until is not None else None
    with pytest.raises(Invalid) as refusal:
        step(ticket_id, POSTPONED, desk.admin, until=at, helpful=False)
    assert set(refusal.value.errors) == {"until_at"}
    assert (status_of(ticket_id), row(ticket_id).until_at) == (OPEN, None)


def test_the_time_goes_with_the_status(desk: Desk) -> None:
    """CR-08, OK-039: any period, and nothing of it is left once the ticket is resumed."""
    ticket_id = desk.ticket()
    step(ticket_id, POSTPONED, desk.admin, until=utcnow() + timedelta(days=400))
    assert row(ticket_id).until_at is not None
    step(ticket_id, OPEN, desk.admin)
    assert row(ticket_id).until_at is None


def test_a_role_can_be_denied_a_step_and_another_role_unites(desk: Desk) -> None:
    """OK-216, OK-212: role by step, the administrator's column is fixed."""
    deny("core.lead", OPEN, RESOLVED)
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    with pytest.raises(Rejected):
        step(ticket_id, RESOLVED, desk.lead)
    with reading() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.lead)
        assert {one.key for one in open_steps(ticket, desk.lead)} == {POSTPONED}
        assert finish_target(ticket, desk.lead) is None
    assert steps_taken(ticket_id) == []
    step(ticket_id, RESOLVED, desk.insider)
    step(ticket_id, OPEN, desk.admin)
    step(ticket_id, RESOLVED, desk.admin)
    assert status_of(ticket_id) == RESOLVED


def test_a_step_may_ask_for_a_right(desk: Desk) -> None:
    """CR-09, CR-10: who lacks the right is neither offered the step nor given it."""
    with unit_of_work() as session:
        row_ = session.get_one(StatusTransition, (OPEN, RESOLVED))
        row_.permission = "core:settings:manage"
    ticket_id = desk.ticket()
    with pytest.raises(Forbidden):
        step(ticket_id, RESOLVED, desk.lead)
    with reading() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.lead)
        assert RESOLVED not in {one.key for one in open_steps(ticket, desk.lead)}
    step(ticket_id, RESOLVED, desk.admin)


def test_a_type_offers_its_own_statuses_only(desk: Desk) -> None:
    """PY-34: of a type with three statuses three are offered, of another one all."""
    incident = _incident()
    offer(incident, OPEN, RESOLVED, CLOSED)
    narrow, wide = desk.ticket(type_id=incident), desk.ticket()
    with reading() as session:
        found = [
            {one.key for one in open_steps(get_ticket(session, ticket_id, actor=desk.admin), desk.admin)}
            for ticket_id in (narrow, wide)
        ]
    assert found == [{RESOLVED}, {POSTPONED, RESOLVED}]
    with pytest.raises(Rejected, match=re.escape(term("type", "core.incident", "Incident"))):
        step(narrow, POSTPONED, desk.admin)
    assert status_of(narrow) == OPEN


def test_send_and_finish_stays_within_the_types_statuses(desk: Desk) -> None:
    """PY-26, PY-34."""
    incident, done = _incident(), own_status("Done", "closed", sources=(OPEN,))
    offer(incident, OPEN, done)
    ticket_id = desk.ticket(type_id=incident)
    say(ticket_id, "Replaced.", desk.admin, finish=True)
    assert status_of(ticket_id) == done


def test_a_ticket_outside_of_its_types_statuses_finds_back(desk: Desk) -> None:
    """PY-34: a type that is changed on the way traps no ticket."""
    incident, parked = _incident(), own_status("Parked", sources=(OPEN,), targets=(POSTPONED,))
    offer(incident, OPEN, RESOLVED)
    ticket_id = desk.ticket()
    step(ticket_id, parked, desk.admin)
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        change_ticket(session, ticket, ChangeTicket(values={"type_id": incident}), actor=desk.admin)
        assert [one.key for one in open_steps(ticket, desk.admin)] == [OPEN]
    step(ticket_id, OPEN, desk.admin)


def test_the_list_refuses_what_the_card_refuses(desk: Desk) -> None:
    """OK-044: the same validation on both, ticket by ticket."""
    incident = _incident()
    offer(incident, OPEN, POSTPONED)
    deny("core.lead", POSTPONED, RESOLVED)
    plain, typed, postponed = desk.ticket(), desk.ticket(type_id=incident), desk.ticket()
    step(postponed, POSTPONED, desk.admin)
    with unit_of_work() as session:
        command = BulkChange(ids=[plain, typed, postponed], status=RESOLVED)
        results = apply_bulk(session, command, actor=desk.lead)
    assert [result.reason is None for result in results] == [True, False, False]
    assert [status_of(one) for one in (plain, typed, postponed)] == [RESOLVED, OPEN, POSTPONED]


def test_the_pages_offer_and_take_the_same_steps(desk: Desk, enter: Enter) -> None:
    """OK-033, OK-044, UR-01: the card's buttons, its post, and the list's filter."""
    browser = enter(desk.admin)
    ticket_id = desk.ticket()
    card = browser.get(f"/tickets/{ticket_id}").text
    assert f'value="{RESOLVED}"' in card
    assert f'value="{CLOSED}"' not in card
    assert browser.post(f"/tickets/{ticket_id}/transition", data={"to": CLOSED}).status_code == 409
    assert browser.post(f"/tickets/{ticket_id}/transition", data={"to": POSTPONED}).status_code == 422
    assert browser.post(f"/tickets/{ticket_id}/transition", data={"to": RESOLVED}).status_code == 303
    assert status_of(ticket_id) == RESOLVED
    assert f'data-ticket="{ticket_id}"' in browser.get("/tickets", query_string={"status": RESOLVED}).text
    assert f'data-ticket="{ticket_id}"' not in browser.get("/tickets", query_string={"status": OPEN}).text


def test_the_list_postpones_with_a_time_and_never_without(desk: Desk, enter: Enter) -> None:
    """OK-044, OK-039, CR-16: the list asks until when, as the card does."""
    browser = enter(desk.admin)
    ticket_id = desk.ticket()
    field = f"value_until {POSTPONED}"
    assert f'name="{field}"' in browser.get("/tickets").text
    sent = {"ids": str(ticket_id), "action": f"until {POSTPONED}"}
    for value in ("", "soon", "2020-01-01T10:00"):
        browser.post("/tickets/bulk", data={**sent, field: value})
    browser.post("/tickets/bulk", data={"ids": str(ticket_id), "action": "status", "value_status": POSTPONED})
    assert status_of(ticket_id) == OPEN
    browser.post("/tickets/bulk", data={**sent, field: f"{utcnow() + timedelta(days=2):%Y-%m-%dT%H:%M}"})
    assert status_of(ticket_id) == POSTPONED


def test_a_new_ticket_is_bold_until_somebody_starts(desk: Desk, enter: Enter) -> None:
    """CR-05, CR-11: an answer alone does not start it; a step does."""
    fresh = own_status("Fresh", "new", sources=(OPEN,), targets=(OPEN,))
    browser = enter(desk.admin)
    ticket_id = desk.ticket()
    step(ticket_id, fresh, desk.admin)
    say(ticket_id, "We have seen it.", desk.admin)
    browser.get(f"/tickets/{ticket_id}")

    def bold() -> bool:
        line = next(one for one in browser.get("/tickets").text.split("<tr") if f'data-ticket="{ticket_id}"' in one)
        return 'class="is-unread"' in line

    assert bold()
    step(ticket_id, OPEN, desk.admin)
    browser.get(f"/tickets/{ticket_id}")
    assert not bold()
