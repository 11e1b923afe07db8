"""Values of custom fields as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.fields.catalog import FieldInfo
from helpdesk_core.fields.models import TicketFieldChoice, TicketFieldValue

FieldValue = str | Decimal | date | bool | int | tuple[int, ...] | None


def values_of(
    session: Session, ticket_ids: Iterable[int], fields: Sequence[FieldInfo]
) -> dict[int, dict[str, FieldValue]]:
    """The values of *fields* on these tickets; no statement without fields, two at most."""
    ids, by_id = list(ticket_ids), {field.id: field for field in fields}
    found: dict[int, dict[str, FieldValue]] = {ticket_id: {} for ticket_id in ids}
    if not ids or not by_id:
        return found
    single = select(TicketFieldValue).where(
        TicketFieldValue.ticket_id.in_(ids), TicketFieldValue.field_id.in_(list(by_id))
    )
    for row in session.scalars(single):
        field = by_id[row.field_id]
        found[row.ticket_id][field.key] = {
            "text": row.text,
            "number": row.number,
            "date": row.day,
            "yes_no": row.yes,
            "choice": row.option_id,
        }.get(field.kind)
    many = [field.id for field in fields if field.kind == "choices"]
    if many:
        chosen = select(TicketFieldChoice.ticket_id, TicketFieldChoice.field_id, TicketFieldChoice.option_id).where(
            TicketFieldChoice.ticket_id.in_(ids), TicketFieldChoice.field_id.in_(many)
        )
        for ticket_id, field_id, option_id in session.execute(chosen):
            values, key = found[ticket_id], by_id[field_id].key
            before = values.get(key)
            values[key] = (*(before if isinstance(before, tuple) else ()), option_id)
    return found


def value_text(field: FieldInfo, value: FieldValue) -> str:
    """The value as words."""
    if value is None:
        return ""
    labels = {option.id: option.label for option in field.options}
    if isinstance(value, tuple):
        return ", ".join(labels.get(option_id, "?") for option_id in value)
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, int):
        return labels.get(value, "?")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value
