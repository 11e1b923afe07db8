"""One change for many tickets: each has its own savepoint and its own result (UR-12)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Forbidden, HelpdeskError, Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.tickets.commands import ChangeTicket, TransitionTicket
from helpdesk_core.tickets.forms import optional_id, read_assignee
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.relations import tags_of
from helpdesk_core.tickets.services import change_ticket, get_ticket, transition_ticket
from helpdesk_core.ui.formatting import parse_local

MAX_TICKETS = 200
#: Begins the action of a status that asks until when; its key follows.
UNTIL: Final = "until "


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """What to do to which tickets; either a status, perhaps until a time, or values, or a tag to add."""

    ids: Sequence[int]
    status: str | None = None
    until_at: datetime | None = None
    values: Mapping[str, object] | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult:
    """What became of one ticket: ``reason`` says why it was left as it is."""

    number: int
    subject: str
    reason: str | None


def read_bulk(form: MultiDict[str, str]) -> BulkChange:
    """The change a bulk form asks for; raises ``Invalid``."""
    ids = [optional_id(value) or 0 for value in dict.fromkeys(form.getlist("ids"))]
    if not ids:
        raise Invalid({"": [message("Select at least one ticket.")]})
    if len(ids) > MAX_TICKETS:
        raise Invalid({"": [message("At most %(count)d tickets at once.", count=MAX_TICKETS)]})
    action = form.get("action", "")
    value = form.get(f"value_{action}", "")
    if action.startswith(UNTIL):
        try:
            return BulkChange(ids=ids, status=action.removeprefix(UNTIL), until_at=parse_local(value))
        except ValueError:
            raise Invalid({"": [message("Give a date and a time.")]}) from None
    if action == "status" and value:
        return BulkChange(ids=ids, status=value)
    if action == "priority" and value:
        return BulkChange(ids=ids, values={"priority_id": optional_id(value)})
    if action == "tag" and value.strip():
        return BulkChange(ids=ids, tag=value)
    if action == "assignee":
        values = read_assignee(value)
        if values is not None:
            return BulkChange(ids=ids, values=values)
    raise Invalid({"": [message("Choose what to do, and the value.")]})


def apply_bulk(session: Session, command: BulkChange, *, actor: Actor) -> list[BulkResult]:
    """Change the tickets one by one; a refusal concerns its own ticket only.

    They are taken by number, so that two bulk changes of the same tickets never wait for each other (F-09).
    """
    batch = secrets.token_hex(8)
    return [_apply_one(session, ticket_id, command, batch, actor) for ticket_id in sorted(command.ids)]


def _apply_one(session: Session, ticket_id: int, command: BulkChange, batch: str, actor: Actor) -> BulkResult:
    subject = ""
    try:
        with session.begin_nested():
            ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
            subject = ticket.subject
            _change(session, ticket, command, batch, actor)
    except NotFound:
        return BulkResult(number=ticket_id, subject=subject, reason="There is no such ticket.")
    except Forbidden:
        return BulkResult(number=ticket_id, subject=subject, reason="You may not do that to this ticket.")
    except HelpdeskError as error:
        reason = error.reason if isinstance(error, Rejected) else str(error)
        return BulkResult(number=ticket_id, subject=subject, reason=reason)
    return BulkResult(number=ticket_id, subject=subject, reason=None)


def _change(session: Session, ticket: Ticket, command: BulkChange, batch: str, actor: Actor) -> None:
    if command.status is not None:
        transition_ticket(
            session, ticket, TransitionTicket(to=command.status, until_at=command.until_at, batch=batch), actor=actor
        )
    elif command.tag is not None:
        values: Mapping[str, object] = {"tags": [*tags_of(session, ticket.id), command.tag]}
        change_ticket(session, ticket, ChangeTicket(values=values, batch=batch), actor=actor)
    elif command.values is not None:
        change_ticket(session, ticket, ChangeTicket(values=command.values, batch=batch), actor=actor)
