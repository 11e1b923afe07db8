"""The ticket field: how it is typed, read for a page of tickets, and saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import DateField
from wtforms.fields.core import UnboundField
from wtforms.validators import Optional

from helpdesk_core.toolkit import Actor, Ticket, TicketField
from helpdesk_warranty import lazy_gettext as _
from helpdesk_warranty.models import Warranty

WRITE = "warranty:warranty:write"


def ends_on() -> TicketField:
    """The day the warranty ends; empty where there is none."""
    return TicketField(
        key="warranty.ends_on", label=_("Warranty until"), control=_control, load_many=_load, save=_save, write=WRITE
    )


def _control() -> UnboundField[Any]:
    return DateField(_("Warranty until"), validators=[Optional()])


def _load(session: Session, ticket_ids: Sequence[int]) -> Mapping[int, date]:
    query = select(Warranty.ticket_id, Warranty.ends_on).where(Warranty.ticket_id.in_(ticket_ids))
    return {row.ticket_id: row.ends_on for row in session.execute(query)}


def _save(session: Session, ticket: Ticket, value: date | None, actor: Actor) -> None:
    row = session.get(Warranty, ticket.id)
    if value is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(Warranty(ticket_id=ticket.id, ends_on=value))
    else:
        row.ends_on = value
