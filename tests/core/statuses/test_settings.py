"""Administration » Statuses: what can be arranged, and what is protected, on every surface."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Forbidden, Invalid, Rejected
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.settings.registry import auto_close_days, late_reply_days, reply_policy
from helpdesk_core.statuses.arranging import move_status, set_default, write_denied, write_type_statuses
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.statuses.colours import LEAST_CONTRAST, contrast, readable
from helpdesk_core.statuses.models import DeniedStep, Status
from helpdesk_core.statuses.services import StatusValues, delete_status, update_status, write_matrix
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.models import TypeStatus
from helpdesk_core.tickets.services import create_ticket
from tests.core.statuses.conftest import Enter
from tests.core.statuses.moving import CLOSED, OPEN, POSTPONED, RESOLVED, now, own_status, row, status_of, step

COLOURS = {"background": "#dbeafe", "foreground": "#1e3a8a"}


@pytest.fixture
def admin(desk: Desk, enter: Enter) -> FlaskClient:
    """The administrator's browser."""
    return enter(desk.admin)


def _info(key: str) -> StatusInfo:
    with now():
        return status_catalog().by_key[key]


def _page(key: str) -> str:
    return f"/settings/statuses/{_info(key).id}"


def _names(event: str) -> int:
    with now() as session:
        return len(session.scalars(select(EventRow.id).where(EventRow.name == event)).all())


# --- system statuses (decision 8) ----------------------------------------------------------------


def test_of_a_system_status_colours_and_two_flags_are_edited(admin: FlaskClient) -> None:
    """UR-09, decision 8: also in the browser; what is not ticked is off."""
    before = _info(RESOLVED)
    typed = {"background": "#FFE4E6", "foreground": "#881337", "pauses_sla": "y"}
    assert admin.post(_page(RESOLVED), data=typed).status_code == 303
    after = _info(RESOLVED)
    assert (after.background, after.foreground) == ("#ffe4e6", "#881337")
    assert (after.pauses_sla, after.counts_to_load) == (True, False)
    kept = ("key", "label", "category", "final", "requires_until", "finish_target", "position")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]


@pytest.mark.parametrize("forged", [{"label": "Pending"}, {"category": "open"}, {"final": "y"}])
def test_a_system_status_is_neither_renamed_nor_made_to_mean_something_else(
    admin: FlaskClient, forged: dict[str, str]
) -> None:
    """UR-03, UR-09: a forged form is refused, and nothing of it is kept; the page does not offer it."""
    page = admin.get(_page(RESOLVED)).text
    assert 'name="label"' not in page
    assert "/delete" not in page
    answer = admin.post(_page(RESOLVED), data={"background": "#000000", "foreground": "#ffffff", **forged})
    assert answer.status_code == 409
    after = _info(RESOLVED)
    assert (after.label, after.category, after.final, after.background) == ("Resolved", "solved", False, "#dcfce7")


@pytest.mark.parametrize("key", [OPEN, POSTPONED, RESOLVED, CLOSED])
def test_a_system_status_is_not_deleted(admin: FlaskClient, key: str) -> None:
    """UR-03: in the browser and by the service, whoever asks."""
    assert admin.post(f"{_page(key)}/delete").status_code == 409
    with pytest.raises(Rejected), unit_of_work() as session:
        delete_status(session, session.scalars(select(Status).where(Status.key == key)).one(), actor=SYSTEM)
    assert _info(key).key == key


def test_an_own_status_in_use_or_default_is_not_deleted(desk: Desk, admin: FlaskClient) -> None:
    """UR-02: the way out is named."""
    triage = own_status("Triage", sources=(OPEN,), targets=(OPEN,))
    ticket_id = desk.ticket()
    step(ticket_id, triage, desk.admin)
    refused = admin.post(f"{_page(triage)}/delete")
    assert (refused.status_code, "1 ticket" in refused.text) == (409, True)
    step(ticket_id, OPEN, desk.admin)
    page = _page(triage)
    assert admin.post("/settings/statuses/default", data={"default": page.rpartition("/")[2]}).status_code == 303
    assert admin.post(f"{page}/delete").status_code == 409
    admin.post("/settings/statuses/default", data={"default": str(_info(OPEN).id)})
    assert admin.post(f"{page}/delete").status_code == 303
    with now():
        assert triage not in status_catalog().by_key


def test_nobody_but_an_administrator_arranges_statuses(desk: Desk) -> None:
    """OK-216: the services ask too."""
    with unit_of_work() as session:
        status = session.scalars(select(Status).where(Status.key == OPEN)).one()
        for refused in (
            lambda: set_default(session, status, actor=desk.lead),
            lambda: move_status(session, status, "down", actor=desk.lead),
            lambda: write_denied(session, "core.lead", [], actor=desk.lead, among=[OPEN]),
            lambda: write_type_statuses(session, {}, actor=desk.lead),
            lambda: write_matrix(session, [], actor=desk.lead),
            lambda: update_status(session, status, StatusValues(label="Open", category="open"), actor=desk.lead),
        ):
            with pytest.raises(Forbidden):
                refused()


# --- own statuses ---------------------------------------------------------------------------------


def test_a_status_of_the_state_closed_counts_as_closed_everywhere(desk: Desk, enter: Enter) -> None:
    """UR-02, UR-01, OK-045: added in the browser, used at once; lists, the customer's page and both times know it."""
    browser = enter(desk.admin)
    typed = {"label": "Done and paid", "category": "closed", **COLOURS, "sources": [OPEN], "targets": [OPEN]}
    assert browser.post("/settings/statuses/new", data=typed).status_code == 303
    key = "site.done_and_paid"
    assert not _info(key).final
    ticket_id = desk.ticket()
    assert browser.post(f"/tickets/{ticket_id}/transition", data={"to": key}).status_code == 303
    assert row(ticket_id).closed_at is not None
    mark = f'data-ticket="{ticket_id}"'
    assert mark not in browser.get("/tickets?open=yes").text
    assert mark in browser.get(f"/tickets?status={key}").text
    customer = enter(desk.customer)
    assert mark not in customer.get("/my").text
    assert mark in customer.get("/my?show=all").text
    assert f'data-status="{key}"' in customer.get(f"/my/{ticket_id}").text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"category": "open", "final": True}, "final"),
        ({"category": "solved", "requires_until": True}, "requires_until"),
        ({"category": "open", "finish_target": POSTPONED}, "finish_target"),
        ({"category": "open", "finish_target": "service_desk.none"}, "finish_target"),
        ({"category": "nonsense"}, "category"),
        ({"category": "open", "background": "#ffffff", "foreground": "#cccccc"}, "foreground"),
        ({"category": "open", "background": "red"}, "background"),
        ({"category": "open", "label": " "}, "label"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(desk: Desk, values: dict[str, object], field: str) -> None:
    """UR-02."""
    wanted = {"label": "Triage", **values}
    with pytest.raises(Invalid) as refusal:
        own_status(str(wanted.pop("label")), str(wanted.pop("category")), **wanted)
    assert set(refusal.value.errors) == {field}


def test_what_tickets_rely_on_does_not_change_under_them(desk: Desk) -> None:
    """UR-02, OK-040: whether it is finished, and that it is left by itself, as long as a ticket is there."""
    later = own_status("Later", "paused", requires_until=True, sources=(OPEN,), targets=(OPEN,))
    ticket_id = desk.ticket()
    step(ticket_id, later, desk.admin, until=utcnow() + timedelta(days=1))

    def change(category: str) -> None:
        with unit_of_work() as session:
            status = session.scalars(select(Status).where(Status.key == later)).one()
            update_status(session, status, StatusValues(label="Later", category=category), actor=desk.admin)

    for category in ("closed", "paused"):
        with pytest.raises(Rejected, match="1 ticket"):
            change(category)
    assert _info(later).requires_until
    step(ticket_id, OPEN, desk.admin)
    change("paused")
    assert not _info(later).requires_until


# --- colours --------------------------------------------------------------------------------------


def test_colours_that_cannot_be_read_are_refused_with_one_that_can(admin: FlaskClient) -> None:
    """UR-09: below 4.5 : 1 nothing is kept, and what is suggested is taken."""
    answer = admin.post(_page(OPEN), data={"background": "#dbeafe", "foreground": "#93c5fd"})
    assert answer.status_code == 422
    assert _info(OPEN).foreground == "#1e3a8a"
    suggestion = readable("#dbeafe", "#93c5fd")
    assert suggestion in answer.text
    assert admin.post(_page(OPEN), data={"background": "#dbeafe", "foreground": suggestion}).status_code == 303


@pytest.mark.parametrize("background", ["#ffffff", "#000000", "#777777", "#ff0000", "#2563eb", "#fef3c7"])
@pytest.mark.parametrize("foreground", ["#ffffff", "#808080", "#00ff00", "#123456"])
def test_a_suggestion_can_always_be_read(background: str, foreground: str) -> None:
    """UR-09: and what can be read already stays."""
    found = readable(background, foreground)
    assert contrast(background, found) >= LEAST_CONTRAST
    assert (found == foreground) == (contrast(background, foreground) >= LEAST_CONTRAST)


# --- default and order ----------------------------------------------------------------------------


def test_the_default_is_moved_by_a_radio_button(desk: Desk, admin: FlaskClient) -> None:
    """UR-04, UR-05, OK-037, CR-02: every new ticket begins there, the customer's too; the old ones stay."""
    triage, old = own_status("Triage", "new", targets=(OPEN,)), desk.ticket()
    page = admin.get("/settings/statuses").text
    checked = re.findall(r'name="default" value="(\d+)"[^>]* checked', page)
    assert checked == [str(_info(OPEN).id)]
    assert admin.post("/settings/statuses/default", data={"default": str(_info(triage).id)}).status_code == 303
    assert (status_of(desk.ticket()), status_of(old)) == (triage, OPEN)
    with unit_of_work() as session:
        assert create_ticket(session, CreateTicket(subject="Mine"), actor=desk.customer).status_key == triage
    with now() as session:
        assert session.scalars(select(Status.key).where(Status.is_default.is_(True))).all() == [triage]
    assert _names("status.default_changed") == 1


@pytest.mark.parametrize("key", [POSTPONED, RESOLVED, CLOSED])
def test_no_work_begins_where_it_ends_or_waits(desk: Desk, admin: FlaskClient, key: str) -> None:
    """UR-05: such a radio button is off, and pressing it by hand changes nothing."""
    page = admin.get("/settings/statuses").text
    assert re.search(rf'name="default" value="{_info(key).id}"[^>]* disabled', page)
    assert admin.post("/settings/statuses/default", data={"default": str(_info(key).id)}).status_code == 409
    for wrong in ("", "x", "99999999999"):
        assert admin.post("/settings/statuses/default", data={"default": wrong}).status_code == 422
    assert _info(OPEN).is_default


def test_the_order_is_changed_by_buttons_and_the_focus_stays(admin: FlaskClient) -> None:
    """UR-02: lists, filters and the matrix follow; the ends have nowhere to go."""

    def order() -> list[str]:
        with now():
            return [one.key for one in status_catalog().ordered]

    assert order() == [OPEN, POSTPONED, RESOLVED, CLOSED]
    answer = admin.post(f"{_page(RESOLVED)}/move", data={"direction": "up"})
    assert answer.status_code == 303
    assert order() == [OPEN, RESOLVED, POSTPONED, CLOSED]
    page = admin.get(answer.headers["Location"]).text
    assert page.count(" autofocus") == 1
    admin.post(f"{_page(OPEN)}/move", data={"direction": "up"})
    admin.post(f"{_page(CLOSED)}/move", data={"direction": "down"})
    assert order() == [OPEN, RESOLVED, POSTPONED, CLOSED]
    assert _names("status.moved") == 1


# --- matrices -------------------------------------------------------------------------------------


def test_a_role_is_denied_steps_in_the_matrix(desk: Desk, admin: FlaskClient, enter: Enter) -> None:
    """OK-216: per role and step; the card of such a person then offers less, and the desk's own matrix is as before."""
    address = "/settings/statuses/steps?role=core.specialist"
    page = admin.get(address).text
    steps = set(re.findall(r'name="step" value="([^"]+)" [^>]*checked', page))
    assert f"{OPEN} {RESOLVED}" in steps
    sent = {"offered": [OPEN, POSTPONED, RESOLVED, CLOSED], "step": sorted(steps - {f"{OPEN} {RESOLVED}"})}
    assert admin.post(address, data=sent).status_code == 303
    with now() as session:
        assert [(one.source, one.target) for one in session.scalars(select(DeniedStep))] == [(OPEN, RESOLVED)]
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    browser = enter(desk.insider)
    card = browser.get(f"/tickets/{ticket_id}").text
    assert f'value="{RESOLVED}"' not in card
    assert 'data-send="finish"' not in card
    assert browser.post(f"/tickets/{ticket_id}/transition", data={"to": RESOLVED}).status_code == 409
    assert enter(desk.lead).post(f"/tickets/{ticket_id}/transition", data={"to": RESOLVED}).status_code == 303
    assert admin.post(address, data={**sent, "step": sorted(steps)}).status_code == 303
    with now() as session:
        assert session.scalars(select(DeniedStep)).all() == []
    assert _names("status.denied_steps_changed") == 2


def test_the_administrators_column_is_fixed_and_an_unknown_role_is_none(desk: Desk, admin: FlaskClient) -> None:
    """OK-213."""
    assert admin.get("/settings/statuses/steps?role=core.administrator").status_code == 404
    assert admin.get("/settings/statuses/steps?role=nobody").status_code == 404
    with pytest.raises(Rejected), unit_of_work() as session:
        write_denied(session, "core.administrator", [], actor=desk.admin, among=[OPEN, RESOLVED])


def test_steps_that_the_author_did_not_see_stay(desk: Desk, admin: FlaskClient) -> None:
    """OK-045: a status that came while the page was open keeps its steps."""
    seen = [OPEN, POSTPONED, RESOLVED, CLOSED]
    triage = own_status("Triage", sources=(OPEN,), targets=(RESOLVED,))
    sent = {"offered": seen, "step": [f"{OPEN} {RESOLVED}"]}
    assert admin.post("/settings/statuses/steps", data=sent).status_code == 303
    with now():
        steps = status_catalog().steps
        assert {key: set(targets) for key, targets in steps.items()} == {OPEN: {RESOLVED, triage}, triage: {RESOLVED}}


@pytest.mark.parametrize("step_", ["nonsense", "a b", f"{OPEN} site.none", f"{OPEN} {OPEN} {OPEN}"])
def test_a_damaged_matrix_changes_nothing(admin: FlaskClient, step_: str) -> None:
    """OK-033."""
    before = _info(OPEN)
    answer = admin.post("/settings/statuses/steps", data={"offered": [OPEN], "step": [step_]})
    assert answer.status_code in (303, 422)
    with now():
        assert RESOLVED in status_catalog().steps[OPEN]
        assert before == status_catalog().by_key[OPEN]


def test_the_statuses_of_a_type_are_ticked(desk: Desk, admin: FlaskClient) -> None:
    """PY-34: three of four; all of them means all, also later ones; the default cannot be left out."""
    page = admin.get("/settings/statuses/types").text
    (incident,) = re.findall(r'data-type="core.incident".*?name="offered" value="(\d+)"', page)

    def write(*keys: str) -> int:
        sent = {"offered": [incident], "status": [f"{incident} {key}" for key in keys]}
        return admin.post("/settings/statuses/types", data=sent).status_code

    def subset() -> set[str]:
        with now() as session:
            return set(session.scalars(select(TypeStatus.status_key)))

    assert write(OPEN, RESOLVED, CLOSED) == 303
    assert subset() == {OPEN, RESOLVED, CLOSED}
    assert write(RESOLVED, CLOSED) == 422
    assert write(OPEN, "site.none") == 422
    assert subset() == {OPEN, RESOLVED, CLOSED}
    triage = own_status("Triage", "new")
    assert admin.post("/settings/statuses/default", data={"default": str(_info(triage).id)}).status_code == 409
    assert write(OPEN, POSTPONED, RESOLVED, CLOSED, triage) == 303
    assert subset() == set()
    assert _names("status.type_changed") == 2


def test_what_happens_by_itself_is_a_setting(admin: FlaskClient) -> None:
    """OK-043, PY-15, decision 2."""
    typed = {"auto_close_days": "3", "reply_policy": "append", "late_reply_days": "30", "late_reply_policy": "reopen"}
    assert admin.post("/settings/statuses/rules", data=typed).status_code == 303
    with now():
        found = (auto_close_days(), reply_policy(late=False), late_reply_days(), reply_policy(late=True))
    assert found == (3, "append", 30, "reopen")
    for wrong in ({"auto_close_days": "-1"}, {"auto_close_days": "366"}, {"reply_policy": "delete"}):
        assert admin.post("/settings/statuses/rules", data={**typed, **wrong}).status_code == 422
    with now():
        assert auto_close_days() == 3
