"""The list as CSV, streamed; no cell of it is a formula for a spreadsheet (T-36)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from flask import Response, stream_with_context
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.db.session import reading
from helpdesk_core.fields.catalog import FieldInfo
from helpdesk_core.fields.visibility import visible_fields
from helpdesk_core.i18n.terms import term
from helpdesk_core.tickets.extra_fields import ExtraField, extra_fields, texts_of
from helpdesk_core.tickets.field_values import value_text, values_of
from helpdesk_core.tickets.filters import TicketQuery
from helpdesk_core.tickets.queries import TicketRow, all_rows
from helpdesk_core.ui.formatting import iso

_BATCH = 500
_COLUMNS = (
    "number", "subject", "status", "priority", "type", "company", "contact", "assignee", "group", "due", "created",
    "updated", "tags",
)  # fmt: skip
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(text: str) -> str:
    """*text* so that no spreadsheet runs it: an apostrophe before whatever could begin a formula (T-36)."""
    bare = text.lstrip(" \"'")
    return f"'{text}" if bare.startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def csv_response(query: TicketQuery, actor: Actor) -> Response:
    """A response that streams every row of the list."""
    response = Response(stream_with_context(_lines(query, actor)), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=tickets.csv"
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(query: TicketQuery, actor: Actor) -> Iterator[str]:
    with reading() as session:
        fields, extra = visible_fields(actor), extra_fields(actor)
        # Spreadsheets take a file without the mark for another encoding than UTF-8.
        yield "\ufeff" + _line([*_COLUMNS, *(field.label for field in fields), *(field.label for field in extra)])
        batch: list[TicketRow] = []
        for row in all_rows(session, query, actor=actor, batch=_BATCH):
            batch.append(row)
            if len(batch) == _BATCH:
                yield from _batch_lines(session, batch, fields, extra)
                batch = []
        yield from _batch_lines(session, batch, fields, extra)


def _batch_lines(
    session: Session, batch: Sequence[TicketRow], fields: Sequence[FieldInfo], extra: Sequence[ExtraField]
) -> Iterator[str]:
    ids = [row.ticket_id for row in batch]
    values, texts = values_of(session, ids, fields), texts_of(session, extra, ids)
    for row in batch:
        own, plugins = values[row.ticket_id], texts[row.ticket_id]
        cells = [value_text(field, own.get(field.key)) for field in fields]
        yield _line([*_cells(row), *cells, *(plugins.get(field.name, "") for field in extra)])


def _cells(row: TicketRow) -> list[str]:
    return [
        str(row.number),
        row.subject,
        term("status", row.status.key, row.status.label),
        row.priority.label if row.priority else "",
        row.type.label if row.type else "",
        row.company.name if row.company else "",
        row.contact.name if row.contact else "",
        row.assignee.name if row.assignee else "",
        row.group.name if row.group else "",
        iso(row.due_at),
        iso(row.created_at),
        iso(row.updated_at),
        ", ".join(row.tags),
    ]


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([neutral(cell) for cell in cells])
    return buffer.getvalue()
