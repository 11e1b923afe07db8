"""Custom fields by role (OK-048): who may not see one sees it nowhere, and cannot write it either."""

from __future__ import annotations

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.access.permissions import ADMINISTRATOR, CONTACT, LEAD, SPECIALIST
from helpdesk_core.contract.actor import SYSTEM, UNKNOWN, Actor
from helpdesk_core.contract.errors import Forbidden, Invalid, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.fields.models import CustomFieldHidden
from helpdesk_core.fields.visibility import visible_fields, write_visibility
from helpdesk_core.settings.entries import KINDS, save_entry
from helpdesk_core.testing import Desk, sign_in
from helpdesk_core.tickets.commands import ChangeTicket, CreateTicket
from helpdesk_core.tickets.services import change_ticket, create_ticket, get_ticket

_EVENT = "settings.fields_visibility_changed"


def _add_field(label: str, **values: object) -> str:
    typed = {"label": label, "kind": "text", "required": False, "for_contacts": False, "active": True, "position": 10}
    with unit_of_work() as session:
        field_id = save_entry(session, KINDS["fields"], None, typed | values, actor=SYSTEM)
    with reading():
        return next(field.key for field in custom_fields().values() if field.id == field_id)


def _write(wanted: dict[tuple[str, str], bool], actor: Actor) -> int:
    with unit_of_work() as session:
        return write_visibility(session, wanted, actor=actor)


def _seen(actor: Actor) -> list[str]:
    # A context of its own, as every request has: what a page just changed is read anew.
    with current_app.app_context(), reading():
        return [field.key for field in visible_fields(actor)]


def _journal() -> list[EventRow]:
    with reading() as session:
        return list(session.scalars(select(EventRow).where(EventRow.name == _EVENT)))


def test_a_hidden_field_is_gone_for_that_role_alone(desk: Desk) -> None:
    """OK-048: hidden from specialists; the lead and the administrator still see it, the journal says who hid it."""
    key = _add_field("Serial number")
    assert _write({(key, SPECIALIST): False, (key, LEAD): True}, desk.admin) == 1
    assert (_seen(desk.insider), _seen(desk.lead), _seen(desk.admin), _seen(SYSTEM)) == ([], [key], [key], [key])
    (event,) = _journal()
    assert (event.actor_id, event.before, event.after) == (
        desk.admin.id,
        {f"{key} {SPECIALIST}": True},
        {f"{key} {SPECIALIST}": False},
    )
    assert _write({(key, SPECIALIST): True}, desk.admin) == 1
    assert _seen(desk.insider) == [key]


def test_customers_see_only_what_is_shown_to_them(desk: Desk) -> None:
    """OK-048: for contacts a field is hidden until somebody shows it; strangers to the desk are no better off."""
    key = _add_field("Serial number")
    assert (_seen(desk.customer), _seen(UNKNOWN)) == ([], [])
    assert _write({(key, CONTACT): True}, desk.admin) == 1
    assert _seen(desk.customer) == [key]
    assert _write({(key, CONTACT): False}, desk.admin) == 1
    assert _seen(desk.customer) == []


def test_nothing_is_written_again_that_stands_already(desk: Desk) -> None:
    """The same answer twice is one change and one line of the journal."""
    key = _add_field("Serial number")
    assert [_write({(key, LEAD): False}, desk.admin) for _ in range(2)] == [1, 0]
    assert len(_journal()) == 1


def test_only_the_settings_right_changes_it(desk: Desk) -> None:
    """A lead may not; the administrator's own column, unknown fields and unknown roles are refused."""
    key = _add_field("Serial number")
    with pytest.raises(Forbidden):
        _write({(key, SPECIALIST): False}, desk.lead)
    with pytest.raises(Rejected):
        _write({(key, ADMINISTRATOR): False}, desk.admin)
    for wanted in ((key, "core.nobody"), ("nothing", LEAD)):
        with pytest.raises(Invalid):
            _write({wanted: False}, desk.admin)
    assert _journal() == []
    with reading() as session:
        assert session.scalars(select(CustomFieldHidden)).all() == []


def test_a_hidden_field_cannot_be_written_and_is_not_demanded(desk: Desk) -> None:
    """OK-048, OK-049: to who does not see a field it does not exist, even where it is required."""
    key = _add_field("Serial number", required=True)
    _write({(key, SPECIALIST): False}, desk.admin)
    with unit_of_work() as session:
        number = create_ticket(session, CreateTicket(subject="Till", group_id=desk.group_id), actor=desk.insider).id
    for change in (
        lambda session: change_ticket(
            session,
            get_ticket(session, number, actor=desk.insider),
            ChangeTicket(values={f"field.{key}": "A1"}),
            actor=desk.insider,
        ),
        lambda session: create_ticket(
            session, CreateTicket(subject="Other", field_values={key: "A1"}), actor=desk.insider
        ),
    ):
        with pytest.raises(Invalid) as refusal, unit_of_work() as session:
            change(session)
        assert list(refusal.value.errors) == [f"field.{key}"]
    with pytest.raises(Invalid), unit_of_work() as session:
        create_ticket(session, CreateTicket(subject="Third"), actor=desk.lead)


def test_pages_exports_and_histories_hide_it(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """OK-048: card, history, new ticket and export hold neither name nor value for who may not see the field."""
    key = _add_field("Serial number")
    number = desk.ticket(group_id=desk.group_id, field_values={key: "FIRST-1"})
    with unit_of_work() as session:
        ticket = get_ticket(session, number, actor=desk.admin)
        change_ticket(session, ticket, ChangeTicket(values={f"field.{key}": "SECOND-2"}), actor=desk.admin)
    pages = (f"/tickets/{number}", f"/tickets/{number}?tab=history", "/tickets/new", "/tickets/export.csv")
    texts = ("Serial number", "FIRST-1", "SECOND-2")
    sign_in(app, client, desk.insider)
    for hidden, expected in ((False, True), (True, False)):
        _write({(key, SPECIALIST): not hidden}, desk.admin)
        answers = [client.get(page) for page in pages]
        assert [answer.status_code for answer in answers] == [200] * len(pages)
        found = "".join(answer.text for answer in answers)
        assert [text in found for text in texts] == [expected] * len(texts)


def test_the_page_shows_and_saves_the_matrix(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """OK-048: a box per field and role; what the page did not offer stays as it is."""
    first, second = _add_field("Serial number"), _add_field("Room")
    sign_in(app, client, desk.admin)
    page = client.get("/settings/fields/visibility").text
    assert page.count('name="shown"') == 6
    assert f'value="{first} {ADMINISTRATOR}"' not in page
    sent = {"offered": [f"{first} {LEAD}", f"{first} {SPECIALIST}"], "shown": [f"{first} {LEAD}"]}
    assert client.post("/settings/fields/visibility", data=sent).status_code == 303
    assert (_seen(desk.insider), _seen(desk.lead)) == ([second], [first, second])
    sent = {"offered": [f"{first} {ADMINISTRATOR}", "junk"], "shown": []}
    assert client.post("/settings/fields/visibility", data=sent).status_code == 409
    assert len(_journal()) == 1


def test_the_page_is_not_for_everybody(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """Without the right to the settings the page is refused."""
    sign_in(app, client, desk.lead)
    assert client.get("/settings/fields/visibility").status_code == 403
    assert client.post("/settings/fields/visibility", data={}).status_code == 403


def test_without_fields_the_page_says_what_to_do(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """An empty list leads to the form of a new field."""
    sign_in(app, client, desk.admin)
    page = client.get("/settings/fields/visibility").text
    assert 'name="shown"' not in page
    assert 'href="/settings/lists/fields/new"' in page
