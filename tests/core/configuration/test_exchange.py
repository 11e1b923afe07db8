"""A configuration as a file: what is read is what was written, and a file that is wrong changes nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import func, select

from helpdesk_core.access.catalog import role_catalog
from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.configuration.document import Configuration, normal
from helpdesk_core.configuration.parsing import MAX_BYTES, parse
from helpdesk_core.configuration.plan import Change
from helpdesk_core.configuration.presets import FOLDER, load_preset
from helpdesk_core.configuration.reading import read_configuration
from helpdesk_core.configuration.rendering import render
from helpdesk_core.configuration.services import apply_configuration, change_preset, plan_configuration
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Forbidden, Invalid, Rejected, TooLarge
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.settings.entries import add_field
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.statuses.services import StatusValues, create_status
from helpdesk_core.testing import Desk, DeskOf
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import ChangeTicket
from helpdesk_core.tickets.services import change_ticket, get_ticket
from helpdesk_core.wording.overlay import current_overlay
from tests.core.configuration.made import configurations

#: What is exported holds the words of the site: where every word is called otherwise, it is longer.
pytestmark = pytest.mark.wording

PRESET = (FOLDER / "service_desk.toml").read_text("utf-8")


def _text() -> str:
    with reading() as session:
        return render(read_configuration(session))


def _apply(text: str, *, file: str = "desk.toml") -> bool:
    wanted = parse(text.encode(), file)
    with unit_of_work() as session:
        return apply_configuration(session, wanted, actor=SYSTEM, file=file, text=text).changes


@given(configurations())
@settings(max_examples=30, deadline=None)
def test_what_is_read_is_what_was_written(configuration: Configuration) -> None:
    """Any names, orders, lists and flags; writing what was read gives the same bytes."""
    text = render(configuration)
    read = parse(text.encode(), "desk.toml")
    assert read == configuration == normal(configuration)
    assert render(read) == text
    for part in ("statuses", "types", "priorities", "roles", "fields"):
        assert list(getattr(read, part)) == list(getattr(configuration, part)), part


@given(configurations())
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],  # shrinking would begin each time at what the last example left
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_configuration_goes_onto_any_other(app: Flask, configuration: Configuration) -> None:
    """Each example is applied to what the one before it left: the desk then exports exactly it."""
    text = render(configuration)
    with app.app_context():
        _apply(text)
        assert _text() == text
        assert not _apply(text)


@pytest.mark.parametrize("preset", ["request_flow", "lead_desk"])
def test_a_grown_desk_is_carried_to_an_empty_one(preset: str, desk_of: DeskOf) -> None:
    """Export, an empty installation, apply, export: the same bytes, with statuses, fields and options of one's own."""
    with desk_of(preset) as (_app, desk):
        with unit_of_work() as session:
            values = StatusValues(
                label="Дождаться «поставки»",
                category="waiting",
                sources=(f"{preset}.new",),
                targets=(f"{preset}.new",),
                finish_target=f"{preset}.new",
            )
            create_status(session, values, actor=desk.admin)
            add_field(session, key="floor", label="Floor", kind="choice", options=("1st", "2nd"), actor=desk.admin)
        grown = _text()
    with desk_of("service_desk"):
        assert _apply(grown)
        assert _text() == grown
        assert [option.label for option in custom_fields()["floor"].options] == ["1st", "2nd"]


def test_applying_takes_effect_at_once_and_is_written_in_the_journal(desk: Desk) -> None:
    """One event with every line of the plan; the next request sees the new status, type and right."""
    text = PRESET.replace('name = "Incident"', 'name = "Disturbance"').replace(
        '"core:desk:use" = "all"\n"core:ticket:assign" = "related"', '"core:desk:use" = "all"'
    )
    assert _apply(text)
    with reading() as session:
        assert {kind.name for kind in ticket_catalog().types.values()} >= {"Disturbance"}
        assert "core:ticket:assign" not in role_catalog().by_key["core.specialist"].grants
        event = session.scalars(select(EventRow).where(EventRow.name == "configuration.applied")).one()
        assert {(line["section"], line["key"]) for line in event.after["lines"]} == {
            ("types", "core.incident"),
            ("roles", "core.specialist"),
        }
    assert not _apply(text)


def test_the_plan_says_what_is_added_changed_removed_and_moved(desk: Desk) -> None:
    """Nothing is changed by looking."""
    before = _text()
    wanted = load_preset("service_desk")
    types = {key: entry for key, entry in wanted.types.items() if key != "core.consultation"}
    types["core.incident"] = replace(types["core.incident"], internal=True)
    types["site.theft"] = replace(types["core.request"], name="Theft")
    statuses = {key: wanted.statuses[key] for key in reversed(wanted.statuses)}
    with reading() as session:
        planned = plan_configuration(session, normal(replace(wanted, types=types, statuses=statuses)), actor=desk.admin)
    told = [(line.section, line.key, line.change, [one.name for one in line.details]) for line in planned.plan]
    assert told == [
        ("statuses", "", Change.CHANGED, ["order"]),
        ("types", "core.incident", Change.CHANGED, ["internal"]),
        ("types", "site.theft", Change.ADDED, ["name"]),
        ("types", "core.consultation", Change.REMOVED, ["name"]),
    ]
    assert _text() == before


def test_a_plan_that_is_out_of_date_is_not_carried_out(desk: Desk) -> None:
    """Somebody changes a type between the plan and the yes."""
    wanted = load_preset("lead_desk")
    with reading() as session:
        shown = plan_configuration(session, wanted, actor=SYSTEM).digest
    _apply(PRESET.replace('name = "Incident"', 'name = "Disturbance"'))
    with pytest.raises(Rejected, match="meanwhile"), unit_of_work() as session:
        apply_configuration(session, wanted, actor=SYSTEM, shown=shown)
    assert "service_desk.open" in status_catalog().by_key


def test_only_who_may_set_up_the_desk_plans_and_applies(desk: Desk) -> None:
    """A lead specialist neither reads the plan nor changes anything (OK-214)."""
    wanted = load_preset("lead_desk")
    with pytest.raises(Forbidden), reading() as session:
        plan_configuration(session, wanted, actor=desk.lead)
    with pytest.raises(Forbidden), unit_of_work() as session:
        apply_configuration(session, wanted, actor=desk.lead)
    assert _text() == PRESET


#: What is wrong, how the preset is changed for it, and what the refusal says.
_BAD = {
    "no TOML": (lambda text: text + "\n[", r"desk\.toml: is not TOML"),
    "a table twice": (lambda text: text + '\n[types."core.incident"]\n', r"desk\.toml: is not TOML"),
    "an unknown part": (lambda text: text + "\n[queues.x]\n", r"desk\.toml: queues: is not known here"),
    "an unknown key": (
        lambda text: text.replace('name = "Incident"', 'name = "Incident"\ncolor = "red"'),
        r"desk\.toml:\d+: \[types\.core\.incident\] color: is not known here",
    ),
    "a newer format": (lambda text: text.replace("format = 1", "format = 2"), r"desk\.toml:4: \[configuration\] f"),
    "no such preset": (lambda text: text.replace('preset = "service_desk"', 'preset = "crm"'), r"'crm' is not one of"),
    "no number": (lambda text: text.replace("rank = 10", 'rank = "ten"'), r"\[priorities\.core\.critical\] rank"),
    "yes for a number": (lambda text: text.replace("rank = 10", "rank = true"), r"whole number from 0 to 100000"),
    "no flag": (lambda text: text.replace("final = true", 'final = "yes"'), r"must be true or false"),
    "no label": (lambda text: text.replace('label = "Open"', 'label = "  "'), r"service_desk\.open\] label: is e"),
    "a label of 81": (lambda text: text.replace('"Incident"', f'"{"x" * 81}"'), r"longer than 80"),
    "a control letter": (lambda text: text.replace('"Incident"', r'"In\u0007cident"'), r"cannot be shown"),
    "a name twice": (lambda text: text.replace('"Incident"', '"INTERNAL"'), r"core\.incident is called so as well"),
    "no colour": (lambda text: text.replace("#dbeafe", "blue"), r"'blue' is not a colour"),
    "no contrast": (lambda text: text.replace("#1e3a8a", "#93c5fd"), r"foreground: cannot be read .* 1\.\d"),
    "a category changed": (
        lambda text: text.replace('category = "open"', 'category = "waiting"'),
        r"\[statuses\.service_desk\.open\] category: cannot be changed",
    ),
    "a status renamed": (
        lambda text: text.replace('label = "Open"', 'label = "Offen"'),
        r"label: cannot be changed: .* translating",
    ),
    "final taken away": (lambda text: text.replace("final = true\n", ""), r"service_desk\.closed\] final: cannot"),
    "a step into nothing": (
        lambda text: text.replace('"service_desk.postponed", "service_desk.resolved"]', '"service_desk.parked"]'),
        r"steps: there is no status service_desk\.parked",
    ),
    "a finish into nothing": (
        lambda text: text.replace('finish_target = "service_desk.closed"', 'finish_target = "service_desk.gone"'),
        r"finish_target: there is no status service_desk\.gone",
    ),
    "two defaults": (
        lambda text: text.replace('label = "Resolved"', 'label = "Resolved"\ndefault = true'),
        r"\[statuses\]: exactly one",
    ),
    "no default priority": (
        lambda text: text.replace('colour = "#2563eb"\ndefault = true', 'colour = "#2563eb"'),
        r"\[priorities\]: exactly one",
    ),
    "another preset's status": (
        lambda text: text.replace("service_desk.closed", "lead_desk.processed"),
        r"lead_desk\.processed\]: there is no such status",
    ),
    "a status of an application": (
        lambda text: text.replace("[types", '[statuses."warranty.wait"]\nlabel = "W"\ncategory = "waiting"\n'
                                  'background = "#ffffff"\nforeground = "#000000"\n\n[types', 1),
        r"warranty\.wait\]: belongs to an application",
    ),
    "an application that does not run": (
        lambda text: text.replace('preset = "service_desk"', 'preset = "service_desk"\napplications = ["warranty"]'),
        r"applications: the application warranty does not run",
    ),
    "an unknown right": (
        lambda text: text.replace('"core:ticket:export"', '"core:ticket:explode"'),
        r"core\.lead\.grants\] core:ticket:explode: there is no right",
    ),
    "no reach": (lambda text: text.replace('note" = "all"', 'note" = "none"'), r"'none' is not one of all, related"),
    "related to nothing": (
        lambda text: text.replace('"core:canned:manage" = "all"', '"core:canned:manage" = "related"'),
        r"not about single tickets",
    ),
    "a role taken away": (
        lambda text: re.sub(r'\[roles\."core\.contact"\](.|\n)*?(?=\[roles\."core\.lead")', "", text),
        r"\[roles\]: core\.contact is missing",
    ),
    "a step denied that is none": (
        lambda text: text + '[roles."core.specialist".denied_steps]\n"service_desk.closed" = ["service_desk.open"]\n',
        r"denied_steps\] service_desk\.closed: there is no step",
    ),
    "a blank option": (
        lambda text: text + '\n[fields.floor]\nlabel = "Floor"\nkind = "choice"\noptions = ["1", " "]\n',
        r"\[fields\.floor\] options: is empty",
    ),
    "an option twice": (
        lambda text: text + '\n[fields.floor]\nlabel = "Floor"\nkind = "choice"\noptions = ["1", "1 "]\n',
        r"\[fields\.floor\] options: has values that differ by blanks only",
    ),
    "a list of nothing": (
        lambda text: text + '\n[fields.floor]\nlabel = "Floor"\nkind = "choices"\n', r"options: a list needs values",
    ),
    "values of a text": (
        lambda text: text + '\n[fields.floor]\nlabel = "Floor"\nkind = "text"\noptions = ["1"]\n', r"only a list has",
    ),
    "no key": (lambda text: text.replace('"core.incident"', '"Core Incident"'), r"is no key"),
    "a language nobody speaks": (lambda text: text + '\n[words.tlh]\n"core|status|x" = "y"\n', r"does not speak this"),
    "an unknown word": (lambda text: text + '\n[words.ms]\n"core|status|lead_desk.new" = "y"\n', r"no such word"),
    "a word with markup": (
        lambda text: text + '\n[words.ms]\n"core|status|service_desk.open" = "<b>y</b>"\n', r"ms\] core\|status",
    ),
    "a word without its place": (
        lambda text: text + '\n[words.ms]\n"core||At most %(limit)d characters." = "y"\n', r"%\(limit\)d",
    ),
    "too many": (
        lambda text: text + "".join(f'[fields.f{n}]\nlabel = "{n}"\nkind = "text"\n' for n in range(301)),
        r"fields: has more than 300 entries",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", _BAD)
def test_a_file_that_is_wrong_says_where_and_changes_nothing(case: str, helpdesk_sites: Any) -> None:
    """Every refusal names the file, the line where there is one, the key and the reason."""
    change, told = _BAD[case]
    text = change(PRESET)
    assert text != PRESET
    with helpdesk_sites.get().app.app_context():  # whatever an earlier test left there
        before = _text()
        with pytest.raises(Invalid, match=told):
            _apply(text)
        assert _text() == before


def test_everything_wrong_is_said_at_once_with_its_line() -> None:
    text = PRESET.replace("rank = 10", "rank = -1").replace('name = "Incident"', "name = 7")
    with pytest.raises(Invalid) as refusal:
        parse(text.encode(), "desk.toml")
    lines = text.splitlines()
    places = {f"desk.toml:{lines.index('rank = -1') + 1}", f"desk.toml:{lines.index('name = 7') + 1}"}
    assert {place.partition(": ")[0] for place in refusal.value.errors} == places


def test_a_file_has_bounds() -> None:
    """Bytes, not text, a deep nest and a number without end are refusals too."""
    with pytest.raises(TooLarge):
        parse(b"#" * (MAX_BYTES + 1), "desk.toml")
    for raw in (b"\xff\xfe", b"a = " + b"[" * 5_000, b"a = " + b"1" * 10_000):
        with pytest.raises(Invalid, match=r"desk\.toml"):
            parse(raw, "desk.toml")


# --- words ----------------------------------------------------------------------------------------------------------


def test_words_of_the_site_travel_with_the_rest(desk_of: DeskOf) -> None:
    """A system status renamed, another label for customers, a word about a number with its three forms (UR-10)."""
    words = (
        '\n[words.ru]\n"core|status|lead_desk.new" = "Свежее"\n"core|customer:status|lead_desk.new" = "Принято"\n'
        '"core||%(num)d ticket has this status: move it to another one first." = '
        '["%(num)d лид", "%(num)d лида", "%(num)d лидов"]\n'
    )
    text = render(parse(((FOLDER / "lead_desk.toml").read_text("utf-8") + words).encode(), "desk.toml"))
    with desk_of("service_desk"):
        assert _apply(text)
        assert _text() == text
        assert current_overlay("ru")["core"]["status", "lead_desk.new"].forms == ("Свежее",)
        with unit_of_work() as session:
            change_preset(session, "service_desk", {}, actor=SYSTEM)
        assert "lead_desk" not in _text()
        with unit_of_work() as session:
            change_preset(session, "lead_desk", {}, actor=SYSTEM)
        assert '"core|status|lead_desk.new" = "Свежее"' in _text()
        assert _apply((FOLDER / "lead_desk.toml").read_text("utf-8"))
        assert current_overlay("ru").get("core", {}).get(("status", "lead_desk.new")) is None


# --- what is in use -------------------------------------------------------------------------------------------------


def _without(part: str, key: str) -> str:
    wanted = load_preset("service_desk")
    return render(replace(wanted, **{part: {one: entry for one, entry in getattr(wanted, part).items() if one != key}}))


def _refused(text: str, told: str) -> None:
    before = _text()
    with pytest.raises(Invalid, match=told):
        _apply(text)
    assert _text() == before


def test_a_file_that_would_orphan_tickets_is_refused_with_the_list(desk: Desk) -> None:
    """The statuses that go, how many tickets each has and which; nothing of the file goes in."""
    numbers = [desk.ticket() for _ in range(7)]
    wanted = render(load_preset("lead_desk"))
    with pytest.raises(Invalid) as refusal:
        _apply(wanted)
    (place, (told,)) = next(iter(refusal.value.errors.items()))
    assert place == "desk.toml: [statuses.service_desk.open]"
    assert told.startswith("cannot go: 7 tickets have this status (#")
    assert all(f"#{number}" in told for number in numbers[:5])
    assert "#7" not in told.replace(f"#{numbers[0]}", "")
    assert _text() == PRESET


def test_what_tickets_have_is_not_taken_away(desk: Desk) -> None:
    """A type, a priority, a field and a value in use: each is refused with what to do instead."""
    with unit_of_work() as session:
        add_field(session, key="floor", label="Floor", kind="choice", options=("1st", "2nd"), actor=desk.admin)
    kinds = {kind.key: kind.id for kind in ticket_catalog().types.values()}
    ranks = {one.key: one.id for one in ticket_catalog().priorities.values()}
    number = desk.ticket(type_id=kinds["core.incident"], priority_id=ranks["core.high"])
    first = custom_fields()["floor"].options[0]
    with unit_of_work() as session:
        ticket = get_ticket(session, number, actor=desk.admin)
        change_ticket(session, ticket, ChangeTicket(values={"field.floor": first.id}), actor=desk.admin)
    _refused(
        _without("types", "core.incident"), r"types\.core\.incident\]: cannot go: 1 ticket has it; keep it with retired"
    )
    _refused(_without("priorities", "core.high"), r"priorities\.core\.high\]: cannot go: 1 ticket")
    _refused(PRESET, r"fields\.floor\]: cannot go: 1 ticket")
    field = '\n[fields.floor]\nlabel = "Floor"\nkind = "choice"\noptions = ["2nd"]\n'
    _refused(PRESET + field, r"options: tickets hold 1st")
    _refused(PRESET + field.replace("choice", "choices"), r"kind: the field exists and is of the kind choice")
    assert _apply(PRESET + field + 'retired_options = ["1st"]\n')
    assert [(one.label, one.active) for one in custom_fields()["floor"].options] == [("2nd", True), ("1st", False)]


def test_a_role_that_somebody_has_is_not_taken_away(desk: Desk) -> None:
    with_role = (
        PRESET + '\n[roles."site.night"]\nname = "Night"\n[roles."site.night".grants]\n"core:desk:use" = "all"\n'
    )
    _apply(with_role)
    with unit_of_work() as session:
        role_id = session.scalars(select(Role.id).where(Role.key == "site.night")).one()
        session.add(EmployeeRole(employee_id=desk.insider.id, role_id=role_id))
    _refused(PRESET, r"roles\.site\.night\]: cannot go: 1 employee has this role")


def test_a_failure_in_the_middle_leaves_nothing_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit of work: what was written before the fault is taken back."""
    from helpdesk_core.configuration import applying

    def burst(*_: object) -> None:
        raise OSError("the disk is full")

    desk.ticket()
    monkeypatch.setattr(applying, "write_fields", burst)
    moves = {"service_desk.open": "lead_desk.new"}
    with pytest.raises(OSError, match="full"), unit_of_work() as session:
        apply_configuration(session, load_preset("lead_desk"), actor=SYSTEM, given=moves)
    assert _text() == PRESET
    with reading() as session:
        assert session.scalar(select(func.count()).where(EventRow.name.startswith("configuration."))) == 0
