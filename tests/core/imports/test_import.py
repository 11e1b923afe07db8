"""Importing for real: through the services, into a real database, and into the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.demo.incidents import LOG
from helpdesk_core.events.models import EventRow
from helpdesk_core.imports.models import ImportRecord
from helpdesk_core.imports.services import Outcome
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import ChangeTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import change_ticket, delete_ticket, get_ticket
from helpdesk_core.users.models import Employee, Group, UserAccount
from tests.core.imports.importing import (
    INCIDENTS,
    TICKETS,
    counts,
    file_states,
    imported,
    journal_states,
    run,
    table,
    total,
)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_the_incident_file_becomes_445_tickets_whose_journals_tell_their_states_in_order() -> None:
    result, rejects = run(LOG, INCIDENTS)
    assert rejects == []
    assert result.counts[Outcome.CREATED] == 445 == total(Ticket)
    assert result.lines == 3019
    assert journal_states() == file_states()
    statuses = status_catalog().by_key
    assert {key: statuses[key].category for key in statuses if key.startswith("site.awaiting")} == dict.fromkeys(
        ["site.awaiting_user_info", "site.awaiting_vendor", "site.awaiting_problem", "site.awaiting_evidence"],
        "waiting",
    )
    assert total(UserAccount) == 0, "imported people have no login"
    before = total(EventRow), total(Employee), total(Group), total(Company), total(Contact)

    again, _ = run(LOG, INCIDENTS)
    assert counts(again) == (0, 0, 3019, 0)
    assert (total(EventRow), total(Employee), total(Group), total(Company), total(Contact)) == before


def test_a_line_is_counted_once_and_a_bad_one_goes_alone(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        {"company": "Kopi Tiga", "contact": "Farah", "group": "Tills", "assignee": "Arjun", "tag": "Till"},
        {"subject": "?"},
        {"state": "lost"},
        {"company": "Only in a bad line", "floor": "Third"},
        {"due": "tomorrow"},
        {"subject": "x" * 251},
        {"state": "done", "due": "2026-12-01T09:00:00+08:00", "floor": "First", "company": "Kopi Tiga"},
    )
    path.write_bytes(path.read_bytes() + b"8,\xff\n9,too,short\n")
    result, rejects = run(path, TICKETS.replace(', default = "service_desk.open"', ""))
    assert [(reject.line, reject.field) for reject in rejects] == [
        (3, "subject"), (4, "status"), (5, "field.floor"), (6, "due_at"), (7, "subject"), (9, ""), (10, "")
    ]  # fmt: skip
    assert rejects[1].reason == "'lost' does not stand in [maps.state]"
    assert rejects[5].reason == "not valid utf-8 at byte 3"
    assert rejects[6].raw == "9,too,short"
    assert counts(result) == (2, 0, 0, 7)
    with reading() as session:
        names = list(session.scalars(select(Company.name)))
    assert names == ["Kopi Tiga"], "what a rejected line brought is taken back with it"


def test_without_a_known_state_a_ticket_begins_in_the_default_status(tmp_path: Path) -> None:
    rule = 'status = { from = "{state}", map = "state", default = "service_desk.open" }'
    run(table(tmp_path, {}), TICKETS.replace(rule, ""))
    with reading() as session:
        assert session.scalars(select(Ticket.status_key)).one() == status_catalog().default.key


@pytest.mark.parametrize(
    ("option", "row", "field"),
    [
        ("create_groups", {"group": "Nowhere"}, "group"),
        ("create_companies", {"company": "Nobody Ltd"}, "company"),
        ("create_people", {"contact": "Nobody"}, "contact"),
        ("create_people", {"assignee": "Nobody"}, "assignee"),
    ],
)
def test_what_is_unknown_is_refused_where_the_option_says_so(
    tmp_path: Path, option: str, row: dict[str, str], field: str
) -> None:
    before = total(Group), total(Company), total(Contact), total(Employee)
    result, rejects = run(table(tmp_path, row, {}), TICKETS, **{option: False})
    assert [(reject.line, reject.field) for reject in rejects] == [(2, field)]
    assert counts(result) == (1, 0, 0, 1)
    assert (total(Group), total(Company), total(Contact), total(Employee)) == before


def test_a_newer_file_changes_what_changed_there_and_nothing_that_was_changed_here(tmp_path: Path) -> None:
    run(table(tmp_path, {"tag": "till"}, {}), TICKETS)
    number = imported("1")
    low = next(level.id for level in ticket_catalog().priorities.values() if level.key == "core.low")
    with unit_of_work() as session:
        ticket = get_ticket(session, number, actor=SYSTEM)
        change_ticket(session, ticket, ChangeTicket(values={"priority_id": low, "subject": "Ours"}), actor=SYSTEM)
    result, _ = run(table(tmp_path, {"tag": "printer", "company": "Kopi Tiga"}, {}), TICKETS)
    assert counts(result) == (0, 1, 1, 0)
    with reading() as session:
        ticket = get_ticket(session, number, actor=SYSTEM)
        assert (ticket.subject, ticket.priority_id) == ("Ours", low)
        assert ticket.company_id is not None
    result, _ = run(table(tmp_path, {"subject": "Theirs, later"}, {}), TICKETS)
    assert counts(result) == (0, 1, 1, 0)
    with reading() as session:
        assert get_ticket(session, number, actor=SYSTEM).subject == "Theirs, later"


def test_a_ticket_that_was_deleted_here_does_not_come_back(tmp_path: Path) -> None:
    path = table(tmp_path, {}, {})
    run(path, TICKETS)
    with unit_of_work() as session:
        delete_ticket(session, get_ticket(session, imported("1"), actor=SYSTEM), actor=SYSTEM)
    result, _ = run(table(tmp_path, {"subject": "Changed there"}, {}), TICKETS)
    assert counts(result) == (0, 0, 2, 0)
    assert total(Ticket) == 1


def test_a_dry_run_counts_the_same_and_leaves_nothing(tmp_path: Path) -> None:
    rows: list[dict[str, str]] = [{"company": f"Company {number % 5}", "group": "New group"} for number in range(30)]
    path = table(tmp_path, *rows, {"state": "lost", "floor": "Third"})
    tried, tried_rejects = run(path, TICKETS, dry_run=True, batch=7)
    assert (total(Ticket), total(Company), total(Group), total(ImportRecord)) == (0, 0, 0, 0)
    assert not any(key.startswith("site.") for key in status_catalog().by_key)
    real, real_rejects = run(path, TICKETS, batch=7)
    assert counts(tried) == counts(real) == (30, 0, 0, 1)
    assert tried_rejects == real_rejects


def test_people_are_known_by_address_and_two_of_one_name_are_not_guessed(tmp_path: Path) -> None:
    with unit_of_work() as session:
        now = datetime.now(UTC)
        session.add_all(Employee(name="Sam Lee", email=f"sam{n}@desk.example", created_at=now) for n in (1, 2))
    _, rejects = run(table(tmp_path, {"assignee": "Sam Lee"}, {"assignee": "SAM2@desk.example"}), TICKETS)
    assert [(reject.field, reject.reason) for reject in rejects] == [
        ("assignee", "2 employees are called 'Sam Lee'; name one by e-mail")
    ]
    with reading() as session:
        chosen = session.scalar(select(Employee.email).join(Ticket, Ticket.assignee_id == Employee.id))
    assert chosen == "sam2@desk.example"


def test_a_map_that_names_unknown_keys_is_refused_before_the_first_line(tmp_path: Path) -> None:
    wrong = TICKETS.replace("service_desk.resolved", "service_desk.solved")
    with pytest.raises(Invalid) as refusal:
        run(table(tmp_path, {}), wrong)
    assert refusal.value.errors == {"map.toml: [fields] status": ["there is no status service_desk.solved"]}
    assert total(Ticket) == 0


HISTORY = """
[source]
name = "log"
format = "jsonl"
kind = "history"
[ids]
ticket = "{id}"
change = "{id}/{n}"
[fields]
subject = "About {id}"
status = "{state}"
group = "{group}"
assignee = "{who}"
changed_at = "{at}"
registered_at = "{opened}"
author = "{by}"
changed_by = "{by}"
"""


def history(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


def change(n: int, state: str, rest: str = "", at: str = "2026-03-02T09:00:00Z") -> str:
    return f'{{"id": "A", "n": {n}, "state": "service_desk.{state}", "at": "{at}"{rest}}}'


def test_changes_of_one_minute_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    states = ["open", "resolved", "open", "postponed", "resolved", "closed"]
    path = history(tmp_path, *(change(n, state) for n, state in enumerate(states)))
    result, rejects = run(path, HISTORY, batch=2)
    assert (counts(result), rejects) == ((1, 5, 0, 0), [])
    assert [state.removeprefix("service_desk.") for state, _ in journal_states()["A"]] == states


def test_the_journal_names_who_did_it_there_and_when(tmp_path: Path) -> None:
    opened = ', "opened": "2026-03-01T08:00:00+08:00", "by": "Anna"'
    run(history(tmp_path, change(0, "open", opened), change(1, "resolved", ', "by": "Boris"')), HISTORY)
    with reading() as session:
        rows = session.scalars(select(EventRow).where(EventRow.ticket_id.is_not(None)).order_by(EventRow.id)).all()
    assert [(row.name, row.actor_kind, row.actor_label, row.occurred_at) for row in rows] == [
        ("ticket.created", "import", "Anna", datetime(2026, 3, 1, 0, 0, tzinfo=UTC)),
        ("ticket.transitioned", "import", "Boris", datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
    ]


def test_whoever_the_desk_knows_stands_in_the_history_as_that_person(tmp_path: Path) -> None:
    with unit_of_work() as session:
        arjun = Employee(name="Arjun", created_at=datetime.now(UTC))
        session.add(arjun)
        session.flush()
        employee_id = arjun.id
    mapping = HISTORY.replace('group = "{group}"', 'group = "{group}"\ncontact = "{caller}"')
    path = history(
        tmp_path,
        change(0, "open", ', "by": "Farah", "caller": "Farah"'),
        change(1, "resolved", ', "by": "Arjun", "caller": "Farah"'),
    )
    run(path, mapping)
    with reading() as session:
        contact_id = session.scalars(select(Contact.id)).one()
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.author_contact_id, ticket.author_label) == (contact_id, "Farah")
        rows = session.scalars(select(EventRow).where(EventRow.ticket_id.is_not(None)).order_by(EventRow.id)).all()
    assert [(row.actor_kind, row.actor_id) for row in rows] == [("contact", contact_id), ("employee", employee_id)]


def test_a_new_group_without_a_known_person_takes_the_assignee_off(tmp_path: Path) -> None:
    path = history(
        tmp_path,
        change(0, "open", ', "group": "First", "who": "Arjun"'),
        change(1, "open", ', "group": "Second"'),
    )
    run(path, HISTORY)
    with reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.assignee_id is None
        assert session.get_one(Group, ticket.group_id).name == "Second"


def test_a_final_status_is_not_left_even_by_a_history(tmp_path: Path) -> None:
    """OK-036."""
    result, rejects = run(history(tmp_path, change(0, "closed"), change(1, "open"), change(2, "closed")), HISTORY)
    assert counts(result) == (1, 0, 1, 1)
    assert rejects[0].line == 2
    assert "final" in rejects[0].reason


def test_a_file_torn_in_the_middle_keeps_what_was_read_and_goes_on_when_whole(tmp_path: Path) -> None:
    whole = LOG.read_bytes()
    torn = tmp_path / "log.csv.gz"
    torn.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Rejected, match="is damaged after line"):
        run(torn, INCIDENTS)
    assert 100 < total(Ticket) < 445
    torn.write_bytes(whole)
    result, _ = run(torn, INCIDENTS)
    assert result.lines == 3019
    assert journal_states() == file_states()
