"""The short lists of the settings as services: keys, names in any alphabet, what imports and the demonstration add."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.contract.errors import Forbidden, Invalid
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.fields.models import CustomField, CustomFieldOption
from helpdesk_core.settings.entries import KINDS, add_field, save_entry
from helpdesk_core.statuses.services import StatusValues, create_status
from helpdesk_core.testing import Desk
from helpdesk_core.tickets.models import CannedGroup
from helpdesk_core.users.commands import CreateGroup
from helpdesk_core.users.services import create_group


def _field(key: str = "floor", label: str = "Floor", actor: Actor = SYSTEM) -> int:
    with unit_of_work() as session:
        return add_field(session, key=key, label=label, kind="choice", options=("First", "Second"), actor=actor)


def test_a_field_of_a_known_key_comes_last_and_is_journalled(desk: Desk) -> None:
    """OK-046: as the page adds one, with the key that a file of another system knows it by."""
    first, second = _field(), _field("room", "Room")
    with reading() as session:
        rows = {row.id: row for row in session.scalars(select(CustomField))}
        assert (rows[first].key, rows[second].key) == ("floor", "room")
        assert rows[first].position < rows[second].position
        assert not rows[first].for_contacts
        labels = select(CustomFieldOption.label).where(CustomFieldOption.field_id == first)
        assert session.scalars(labels.order_by(CustomFieldOption.position)).all() == ["First", "Second"]
        names = session.scalars(select(EventRow.name).where(EventRow.subject_kind == "fields"))
        assert names.all() == ["settings.fields_added"] * 2


@pytest.mark.parametrize(
    ("key", "label", "wrong"), [("floor", "Other", "key"), ("Floor 2", "Other", "key"), ("other", "FLOOR", "label")]
)
def test_keys_and_names_are_given_once(desk: Desk, key: str, label: str, wrong: str) -> None:
    """A key of strange letters is refused too; nothing is written."""
    _field()
    with pytest.raises(Invalid) as refusal:
        _field(key, label)
    assert list(refusal.value.errors) == [wrong]
    with reading() as session:
        assert session.scalars(select(CustomField.key)).all() == ["floor"]


def test_a_field_wants_the_right_to_the_settings(desk: Desk) -> None:
    """A lead adds none."""
    with pytest.raises(Forbidden):
        _field(actor=desk.lead)


def test_names_are_told_apart_in_any_alphabet(app: Flask, desk: Desk) -> None:
    """The same name in other letters is the same name on both databases."""
    _field(label="Этаж")
    with pytest.raises(Invalid):
        _field("other", "ЭТАЖ")
    status = {"category": "open", "background": "#ffffff", "foreground": "#000000"}
    with unit_of_work() as session:
        create_status(session, StatusValues(label="Проверка", **status), actor=SYSTEM)
        create_group(session, CreateGroup(name="Выезд"), actor=SYSTEM)
    with pytest.raises(Invalid), unit_of_work() as session:
        create_status(session, StatusValues(label="ПРОВЕРКА", **status), actor=SYSTEM)
    with pytest.raises(Invalid), unit_of_work() as session:
        create_group(session, CreateGroup(name="выезд"), actor=SYSTEM)
    with unit_of_work() as session:
        for number, group in enumerate(("Ответы", "ОТВЕТЫ")):
            values = {"title": f"T{number}", "body": "Text", "group": group, "position": 10}
            save_entry(session, KINDS["canned"], None, values, actor=SYSTEM)
    with reading() as session:
        assert session.scalars(select(CannedGroup.name)).all() == ["Ответы"]
