"""The presets are what the table of the rules says, and a desk that begins with one exports it byte by byte."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpdesk_core.configuration.document import StatusEntry
from helpdesk_core.configuration.plan import compare
from helpdesk_core.configuration.presets import FOLDER, former_label, load_preset, preset_words
from helpdesk_core.configuration.reading import active_preset, read_configuration
from helpdesk_core.configuration.rendering import render
from helpdesk_core.configuration.services import apply_configuration, plan_configuration
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.statuses.colours import LEAST_CONTRAST, contrast
from helpdesk_core.testing import Desk, DeskOf

ROOT = Path(__file__).parents[3]
_ROW = re.compile(r"^\| (?P<preset>[a-z_ ()A-Z;]*) ?\| (?P<key>\**[a-z_]+\**) \| (?P<cells>.*) \|$")
_FLAGS = ("requires_until", "pauses_sla", "final")


def _table() -> dict[str, dict[str, StatusEntry]]:
    """The table "The statuses of the four presets" of the rules, as statuses without colours."""
    text = (ROOT / "docs/reference/rules.md").read_text("utf-8")
    begin = text.index("## The statuses of the four presets")
    found: dict[str, dict[str, StatusEntry]] = {}
    preset = ""
    for line in text[begin : text.index("\n## ", begin + 5)].splitlines():
        row = _ROW.fullmatch(line)
        if row is None or row["key"] == "key":
            continue
        preset = row["preset"].partition(" ")[0] or preset
        label, category, flags, targets, *finish = (cell.strip() for cell in row["cells"].split("|"))
        rights = dict(re.findall(r"(\w+) \(right `([\w:]+)`\)", targets))
        steps = re.findall(r"\w+", re.sub(r"\(.*?\)", "", targets))
        found.setdefault(preset, {})[f"{preset}.{row['key'].strip('*')}"] = StatusEntry(
            label=label,
            category=category,
            default="**" in row["key"],
            background="",
            foreground="",
            finish_target=f"{preset}.{finish[0]}" if finish and finish[0] else "",
            steps=tuple(f"{preset}.{step}" for step in steps),
            step_rights={f"{preset}.{step}": right for step, right in rights.items()},
            **{flag: flag in flags for flag in _FLAGS},
        )
    return found


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_what_the_table_says(name: str) -> None:
    """CR-02, OK-032..036, UR-03, UR-04: keys in their order, labels, categories, flags, steps, default, finish."""
    wanted, preset = _table()[name], load_preset(name).statuses
    assert list(preset) == list(wanted)
    for key, status in preset.items():
        for attribute in ("label", "category", "default", "finish_target", "step_rights", *_FLAGS):
            assert getattr(status, attribute) == getattr(wanted[key], attribute), (key, attribute)
        assert set(status.steps) == set(wanted[key].steps), key


@pytest.mark.parametrize("name", PRESETS)
def test_every_status_of_a_preset_can_be_read_and_told_apart(name: str) -> None:
    """CR-01: text on its background at 4.5 or better, and no two statuses of one colour."""
    statuses = load_preset(name).statuses
    for key, status in statuses.items():
        assert contrast(status.background, status.foreground) >= LEAST_CONTRAST, key
    assert len({status.background for status in statuses.values()}) == len(statuses)
    assert len({status.label for status in statuses.values()}) == len(statuses)


@pytest.mark.parametrize("name", PRESETS)
def test_only_unclosed_work_counts_to_the_load(name: str) -> None:
    """UR-18, UR-20: what is closed weighs on nobody."""
    for key, status in load_preset(name).statuses.items():
        assert status.counts_to_load is (status.category != "closed"), key


@pytest.mark.wording
@pytest.mark.parametrize("name", PRESETS)
def test_a_new_desk_exports_its_preset_byte_by_byte(name: str, desk_of: DeskOf) -> None:
    """The reviewed file is in the form that an export writes."""
    with desk_of(name), reading() as session:
        assert render(read_configuration(session)).encode() == (FOLDER / f"{name}.toml").read_bytes()


@pytest.mark.wording
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_applied_to_an_empty_desk_is_exported_byte_by_byte(name: str, desk_of: DeskOf) -> None:
    """Export, an empty installation of another preset, apply, export: the same bytes; again: nothing to change."""
    other = next(one for one in PRESETS if one != name)
    with desk_of(other):
        with unit_of_work() as session:
            planned = apply_configuration(session, load_preset(name), actor=SYSTEM)
        assert planned.changes
        with reading() as session:
            assert render(read_configuration(session)).encode() == (FOLDER / f"{name}.toml").read_bytes()
            assert plan_configuration(session, load_preset(name), actor=SYSTEM).plan == ()
        with unit_of_work() as session:
            assert not apply_configuration(session, load_preset(name), actor=SYSTEM).changes


@pytest.mark.parametrize("name", PRESETS)
def test_a_new_ticket_has_the_default_status_of_the_preset(name: str, desk_of: DeskOf) -> None:
    """CR-02, CR-11, OK-037, UR-04: entering is New, Open or Opened by itself."""
    with desk_of(name) as (_app, desk):
        desk.ticket()
        with reading():
            default = status_catalog().default
        assert default.key == next(key for key, status in load_preset(name).statuses.items() if status.default)
        assert all(status.available for status in status_catalog().ordered)
        assert active_preset(status_catalog().by_key) == name


@pytest.mark.helpdesk(preset="lead_desk")
def test_the_marker_chooses_the_preset(desk: Desk) -> None:
    """CR-02: the four main statuses."""
    names = [key.partition(".")[2] for key in status_catalog().by_key]
    assert names == ["new", "in_processing", "postponed", "processed"]
    assert status_catalog().by_key["lead_desk.postponed"].requires_until


def test_words_of_every_preset_reach_the_catalogs() -> None:
    """Each status, type, priority and role once, whichever preset a desk has."""
    words = list(preset_words())
    assert len({(context, key) for context, key, _text in words}) == len(words)
    keys = {key for context, key, _text in words if context == "status"}
    assert keys == {key for name in PRESETS for key in load_preset(name).statuses}
    assert {key for context, key, _text in words if context == "type"} == {
        key for name in PRESETS for key in load_preset(name).types
    }
    assert ("priority", "core.critical", "Critical") in words
    assert {key for context, key, _text in words if context == "role"} >= {"core.administrator", "core.contact"}


def test_a_status_that_is_no_more_keeps_its_name_in_the_history() -> None:
    assert former_label("lead_desk.in_processing") == "In processing"
    assert (former_label("lead_desk.gone"), former_label("site.triage")) == ("lead_desk.gone", "site.triage")


def test_there_is_no_fifth_preset() -> None:
    with pytest.raises(NotFound, match="service_desk, support_center, request_flow, lead_desk"):
        load_preset("../../secret")
    assert compare(load_preset("lead_desk"), load_preset("lead_desk")) == ()
