"""What the tests of imports share: files to import, runs, and what the journal says afterwards."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy import func, select

from helpdesk_core.db.session import reading
from helpdesk_core.demo.content import DATA
from helpdesk_core.demo.incidents import LOG
from helpdesk_core.events.models import EventRow
from helpdesk_core.imports.mapping import load_map, parse_map
from helpdesk_core.imports.models import ImportRecord
from helpdesk_core.imports.reading import ForeignFile
from helpdesk_core.imports.services import ImportOptions, ImportResult, Outcome, Reject, import_records

INCIDENTS = DATA / "incidents.toml"
TICKETS = """
[source]
name = "old-desk"
format = "csv"
kind = "tickets"
unknown = ["?"]
[ids]
ticket = "{id}"
[fields]
subject = "{subject}"
status = { from = "{state}", map = "state", default = "service_desk.open" }
company = "{company}"
contact = "{contact}"
group = "{group}"
assignee = "{assignee}"
tags = "{tag}"
due_at = "{due}"
[custom.floor]
label = "Floor"
kind = "choice"
options = ["Ground", "First"]
from = "{floor}"
[maps.state]
done = "service_desk.resolved"
"""
COLUMNS = ["id", "subject", "state", "company", "contact", "group", "assignee", "tag", "due", "floor"]


def options(**values: bool | int) -> ImportOptions:
    given: dict[str, bool | int] = {"create_groups": True, "create_companies": True, "create_people": True, **values}
    return ImportOptions(**given)  # type: ignore[arg-type]


def run(path: Path, mapping: Path | str, **values: bool | int) -> tuple[ImportResult, list[Reject]]:
    known = parse_map(mapping.encode(), "map.toml") if isinstance(mapping, str) else load_map(mapping)
    rejects: list[Reject] = []
    with ForeignFile(path, known) as file:
        result = import_records(file, known, options(**values), on_reject=rejects.append, on_batch=lambda result: None)
    return result, rejects


def table(tmp_path: Path, *rows: dict[str, str]) -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="?")
    writer.writeheader()
    writer.writerows({"id": str(number), "subject": f"Ticket {number}", **row} for number, row in enumerate(rows, 1))
    path = tmp_path / "tickets.csv"
    path.write_text(out.getvalue(), "utf-8")
    return path


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return tuple(result.counts[outcome] for outcome in Outcome)  # type: ignore[return-value]


def total(model: type[object]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def imported(external_id: str) -> int:
    with reading() as session:
        number = session.scalar(select(ImportRecord.ticket_id).where(ImportRecord.external_id == external_id))
        assert number is not None
        return number


def journal_states() -> dict[str, list[tuple[str, datetime]]]:
    """The statuses of each imported ticket in the order of its journal, with their times."""
    query = (
        select(ImportRecord.external_id, EventRow.after, EventRow.occurred_at)
        .join(EventRow, EventRow.ticket_id == ImportRecord.ticket_id)
        .where(EventRow.name.in_(["ticket.created", "ticket.transitioned"]))
        .order_by(ImportRecord.external_id, EventRow.id)
    )
    with reading() as session:
        rows = session.execute(query).all()
    return {
        external_id: [(row.after["status"], row.occurred_at) for row in group]
        for external_id, group in groupby(rows, key=lambda row: row.external_id)
    }


def file_states() -> dict[str, list[tuple[str, datetime]]]:
    """What the journal must say, read from the file by other means."""
    states = load_map(INCIDENTS).fields["status"].values or {}
    found: dict[str, list[tuple[str, datetime]]] = {}
    with gzip.open(LOG, "rt", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            state = states[row["incident_state"]]
            steps = found.setdefault(row["number"], [])
            if not steps or steps[-1][0] != state:
                column = "sys_updated_at" if steps else "opened_at"
                steps.append((state, datetime.strptime(row[column], "%d-%m-%Y %H:%M").replace(tzinfo=UTC)))
    return found
