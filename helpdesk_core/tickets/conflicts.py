"""Two people change one field: what the journal says of it decides whether the later one may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import Conflict, FieldConflict
from helpdesk_core.events.models import EventRow
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.fields.services import shown_value
from helpdesk_core.tickets import extra_fields
from helpdesk_core.tickets.models import Ticket

FIELD_PREFIX: Final = "field."


def refuse_stale(
    session: Session, ticket: Ticket, version: int, differing: Mapping[str, Any], current: Mapping[str, Any]
) -> None:
    """Raise ``Conflict`` for the fields that were changed after *version*; other changes do not matter."""
    if ticket.version <= version:
        return
    later = session.scalars(
        select(EventRow)
        .where(EventRow.ticket_id == ticket.id, EventRow.name == "ticket.changed", EventRow.ticket_version > version)
        .order_by(EventRow.id)
    )
    base: dict[str, Any] = {}
    for event in later:
        for name, value in event.before.items():
            base.setdefault(name, value)
    clashes = [
        FieldConflict(
            name=name,
            base=base[name],
            mine=journal_value(name, value),
            theirs=journal_value(name, current[name]),
        )
        for name, value in differing.items()
        if name in base
    ]
    if clashes:
        raise Conflict(clashes)


def journal_value(name: str, value: Any) -> Any:
    """A value of the field *name* as the journal keeps it: JSON, readable when the field is gone."""
    if name.startswith(FIELD_PREFIX):
        return shown_value(custom_fields()[name.removeprefix(FIELD_PREFIX)], value)
    if name.startswith(extra_fields.PREFIX):
        return extra_fields.journal_text(name, value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [list(item) if isinstance(item, tuple) else item for item in value]
    return value
