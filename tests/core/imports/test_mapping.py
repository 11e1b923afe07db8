"""Mapping files: strict, with errors that say where; and what a line becomes through them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk_core.contract.errors import Invalid
from helpdesk_core.imports.mapping import load_map, parse_map
from helpdesk_core.imports.reading import Record
from helpdesk_core.imports.rows import TicketRow, read_row

DATA = Path(__file__).parents[3] / "helpdesk_core" / "demo" / "data"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GOOD = """
[source]
name = "old-desk"
format = "csv"
kind = "history"
unknown = ["?"]
time_format = "%d-%m-%Y %H:%M"
time_zone = "Asia/Kuala_Lumpur"
[ids]
ticket = "{id}"
change = "{id}/{n}"
[fields]
subject = ["{category}: {short}", "Ticket {id}"]
status = { from = "{state}", map = "state" }
priority = { from = "{prio}", map = "prio", default = "normal" }
tags = ["{category}", "area-{area}"]
changed_at = "{at}"
registered_at = "{opened}"
[custom.devices]
label = "Devices"
kind = "choices"
options = ["Printer", "Till"]
from = ["{d1}", "{d2}"]
[maps.state]
Offen = "service_desk.open"
[maps.prio]
"1" = "high"
[statuses.waiting_for_parts]
label = "Waiting for parts"
category = "waiting"
"""
LINE = {"id": "A1", "n": "1", "state": "Offen", "at": "02-03-2016 09:05", "category": "Till", "short": "broken"}


def row(values: Mapping[str, str]) -> TicketRow:
    known = {key: value for key, value in values.items() if value != "?"}
    return read_row(Record(line=7, raw="", values=known), parse_map(GOOD.encode(), "map.toml"), now=NOW)


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("[source]", "[sauce]", "map.toml: sauce", "is not known here"),
        ('format = "csv"', 'format = "xlsx"', "map.toml: [source] format", "'xlsx' is not one of csv, jsonl"),
        ('name = "old-desk"', 'name = "Old Desk"', "map.toml: [source] name", "lower-case"),
        ("Kuala_Lumpur", "Atlantis", "map.toml: [source] time_zone", "is not a known time zone"),
        ("%d-%m-%Y %H:%M", "%H:%M", "map.toml: [source] time_format", "names year, month and day"),
        ('change = "{id}/{n}"', "", "map.toml: [ids] change", "is missing"),
        ('ticket = "{id}"', 'ticket = "same"', "map.toml: [ids] ticket", "names no column"),
        ('changed_at = "{at}"', "", "map.toml: [fields] changed_at", "is missing"),
        ('changed_at = "{at}"', 'changed_at = "{at!r}"', "map.toml: [fields.changed_at] from", "without formats"),
        ('changed_at = "{at}"', "changed_at = 7", "map.toml: fields.changed_at", "must be a table"),
        ("[fields]", '[fields]\nowner = "x"', "map.toml: [fields] owner", "is not known here"),
        ('map = "state"', 'map = "zustand"', "map.toml: [fields.status] map", "there is no table [maps.zustand]"),
        ('category = "waiting"', 'category = "idle"', "map.toml: [statuses.waiting_for_parts] category", "'idle'"),
        ('category = "waiting"', 'category = "waiting"\nbackground = "red"', "parts] background", "#1a2b3c"),
        ("[maps.prio]", "[maps.prio]\nx = 3", "map.toml: [maps.prio] x", "must be a text"),
        ('options = ["Printer", "Till"]', "", "map.toml: [custom.devices] options", "are needed for choice"),
        ("[custom.devices]", "[custom.Devices]", "map.toml: [custom] Devices", "lower-case"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_refused_naming_file_table_and_key(old: str, new: str, place: str, reason: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(Invalid) as refusal:
        parse_map(GOOD.replace(old, new).encode(), "map.toml")
    found = {key: messages for key, messages in refusal.value.errors.items() if key.endswith(place)}
    assert any(reason in message for messages in found.values() for message in messages), refusal.value.errors


def test_all_errors_of_a_map_are_said_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_map(b'[source]\nname = "x"\nformat = "csv"\nkind = "nothing"\n[extra]\n', "map.toml")
    assert {
        "map.toml: [source] kind",
        "map.toml: extra",
        "map.toml: [ids] ticket",
        "map.toml: [fields] subject",
    } <= set(refusal.value.errors)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"no toml at all", b"a = " + b"[" * 5_000])
def test_what_is_no_toml_is_refused_and_not_crashed_over(raw: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_map(raw, "map.toml")
    assert list(refusal.value.errors) == ["map.toml"]


def test_a_line_becomes_values_by_the_map() -> None:
    found = row({**LINE, "prio": "1", "area": "north", "d2": "Printer", "opened": "01-03-2016 23:30"})
    assert (found.external_id, found.change_key, found.line) == ("A1", "A1/1", 7)
    assert dict(found.values) == {
        "subject": "Till: broken",
        "status": "service_desk.open",
        "priority": "high",
        "tags": ["Till", "area-north"],
        "custom.devices": ["Printer"],
    }
    assert found.changed_at == datetime(2016, 3, 2, 1, 5, tzinfo=UTC)
    assert found.registered_at == datetime(2016, 3, 1, 15, 30, tzinfo=UTC)


def test_the_next_text_is_taken_where_a_column_is_not_known() -> None:
    found = row({**LINE, "short": "?", "prio": "9"})
    assert (found.values["subject"], found.values["priority"]) == ("Ticket A1", "normal")


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"id": "?"}, "ticket id", "is not known in this line"),
        ({"id": "x" * 201}, "ticket id", "is longer than 200 characters"),
        ({"state": "Neu"}, "status", "'Neu' does not stand in [maps.state]"),
        ({"state": "?"}, "status", "is not known in this line"),
        ({"at": "2016-03-02"}, "changed_at", "is not a time of the form '%d-%m-%Y %H:%M'"),
        ({"at": "02-03-2033 10:00"}, "changed_at", "lies in the future"),
        ({"at": "02-03-1817 10:00"}, "changed_at", "lies outside 1970 to 2200"),
        ({"at": "31-02-2016 10:00"}, "changed_at", "is not a time"),
        ({"at": "?"}, "changed_at", "is not known in this line"),
    ],
)
def test_a_line_that_cannot_be_a_change_is_refused_by_field(change: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        row({**LINE, **change})
    assert list(refusal.value.errors) == [field]
    assert reason in refusal.value.errors[field][0]


@pytest.mark.parametrize("name", ["incidents.toml", "incidents_demo.toml"])
def test_the_maps_that_ship_are_good(name: str) -> None:
    mapping = load_map(DATA / name)
    states = set((mapping.fields["status"].values or {}).values())
    assert {f"site.{slug}" for slug in ("new", "awaiting_user_info", "awaiting_vendor")} < states
    assert {status.key for status in mapping.statuses} == {key for key in states if key.startswith("site.")}
