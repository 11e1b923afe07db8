"""The demonstration's own data: whole, consistent, and always in the past."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from helpdesk_core.demo.clock import moment, timeline
from helpdesk_core.demo.content import DATA
from helpdesk_core.demo.incidents import LOG, demo_map, demo_records
from helpdesk_core.imports.rows import TicketRow, read_row

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
MOMENTS = [
    datetime(2026, 11, 23, 10, 30, tzinfo=UTC),
    datetime(2026, 11, 22, 0, 5, tzinfo=UTC),  # a Sunday
    datetime(2027, 1, 1, 23, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 3, 0, tzinfo=UTC),
]


def people() -> dict[str, Any]:
    return tomllib.loads((DATA / "people.toml").read_text("utf-8"))


def tickets() -> list[dict[str, Any]]:
    files = sorted((DATA / "tickets").glob("*.toml"))
    return [ticket for file in files for ticket in tomllib.loads(file.read_text("utf-8"))["ticket"]]


def test_the_incident_file_is_the_published_excerpt() -> None:
    raw = gzip.decompress(LOG.read_bytes())
    assert hashlib.sha256(raw).hexdigest() == "e08bf2fbb37ad3100f53e745d3268d3edbe36483869da195fd955c76deb202b2"
    assert LOG.read_bytes()[4:8] == bytes(4), "packed again with a time in it: every build would differ"


def test_there_are_forty_tickets_written_by_hand_in_three_languages() -> None:
    found = tickets()
    assert len(found) >= 40
    assert len({ticket["key"] for ticket in found}) == len(found)
    cyrillic = sum(bool(re.search("[а-я]", ticket["subject"])) for ticket in found)
    assert cyrillic >= 13
    assert sum(len(ticket.get("step", ())) for ticket in found) > 150
    assert any("note" in step for ticket in found for step in ticket.get("step", ()))
    states = Counter([step["status"] for ticket in found for step in ticket.get("step", ()) if "status" in step])
    assert set(states) == {"resolved", "closed", "postponed"}
    assert sum("group" not in ticket for ticket in found) >= 5, "the dispatcher's inbox would be empty"


def test_whoever_and_whatever_a_ticket_names_exists() -> None:
    staff, contacts = people()["employees"], people()["contacts"]
    keys = {ticket["key"] for ticket in tickets()}
    for ticket in tickets():
        where = ticket["key"]
        assert set(ticket.get("links", ())) <= keys, where
        assert contacts[ticket["contact"]].get("company") == ticket.get("company") if "contact" in ticket else True, (
            where
        )
        assert ticket["by"] in {*staff, "contact"}, where
        assert ticket["group"] in staff[ticket["assignee"]]["groups"] if "assignee" in ticket else True, where
        for step in ticket.get("step", ()):
            assert step["who"] in {*staff, *contacts}, where
            assert ("text" in step) != ("note" in step), where
            assert "text" in step or step["who"] in staff, f"{where}: a customer cannot write a note"
            for name in step.get("files", ()):
                assert (DATA / "files" / name).is_file(), where
    used = {
        name for ticket in tickets() for part in [ticket, *ticket.get("step", ())] for name in part.get("files", ())
    }
    assert used == {path.name for path in (DATA / "files").iterdir()}


@pytest.mark.parametrize("now", MOMENTS)
def test_whenever_it_is_loaded_conversations_lie_in_the_past_and_plans_in_the_future(now: datetime) -> None:
    for ticket in tickets():
        times = timeline(ticket["created"], [step["after"] for step in ticket.get("step", ())], now=now, zone=ZONE)
        assert times == sorted(times), ticket["key"]
        assert times[-1] < now, ticket["key"]
        if "due" in ticket:
            assert moment(ticket["due"], now=now, zone=ZONE) > times[0], ticket["key"]
        for step in ticket.get("step", ()):
            if "until" in step:
                assert moment(step["until"], now=now, zone=ZONE) > now, ticket["key"]


@pytest.mark.parametrize("now", MOMENTS)
def test_the_incidents_end_today_and_a_third_of_them_is_open(now: datetime) -> None:
    mapping = demo_map()
    last: dict[str, TicketRow] = {}
    for record in demo_records(people(), now=now):
        row = read_row(record, mapping, now=now)
        assert row.changed_at is not None
        assert row.registered_at is not None
        assert row.registered_at <= row.changed_at < now
        last[row.external_id] = row
    assert len(last) == 445
    states = Counter(str(row.values["status"]) for row in last.values())
    assert 140 <= sum(count for state, count in states.items() if state != "service_desk.closed") <= 149
    assert {"site.new", "service_desk.open", "site.awaiting_user_info", "service_desk.resolved"} < set(states)
    assert sum((now - row.changed_at).days < 1 for row in last.values() if row.changed_at) > 3
    ended = [row for row in last.values() if row.values["status"] in ("service_desk.closed", "service_desk.resolved")]
    late = [row for row in last.values() if row not in ended and str(row.values.get("due_at", "9")) < now.isoformat()]
    assert 5 < len(late) < 40
    shown = [str(value) for row in last.values() for key, value in row.values.items() if key != "custom.incident_codes"]
    assert not any(re.search(r"(Category|Subcategory|Caller|Location|Group|Resolver) \d", text) for text in shown)
