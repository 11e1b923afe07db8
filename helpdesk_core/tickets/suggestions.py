"""Whom plugins suggest for a new ticket: who takes it, and who follows it."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.contract.errors import Invalid, PluginFailed
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.relations import observers_of, set_observers
from helpdesk_core.tickets.validation import check_fields

_log = structlog.get_logger(__name__)


def follow_suggestions(session: Session, ticket: Ticket, actor: Actor) -> None:
    """Give a ticket that nobody was chosen for to whom the first plugin names, and add the observers of all of them.

    Somebody who cannot be given work is not; an observer who does not exist is the plugin's failure and rolls back.
    """
    if ticket.assignee_id is None and ticket.group_id is None:
        chosen = hooks().helpdesk_suggest_assignee(ticket=ticket, actor=actor)
        if chosen is not None:
            try:
                check_fields(session, {"assignee_id": chosen.employee_id, "group_id": chosen.group_id}, SYSTEM)
                ticket.assignee_id, ticket.group_id = chosen.employee_id, chosen.group_id
            except Invalid as error:
                _log.warning("suggested assignee refused", ticket=ticket.id, error=str(error))
    offered = hooks().helpdesk_suggest_observers(session=session, ticket=ticket)
    if offered:
        for one in offered:
            try:
                check_fields(session, {"observers": ((one.value.kind, one.value.id),)}, SYSTEM)
            except Invalid as error:
                raise PluginFailed(one.plugin, "helpdesk_suggest_observers", str(error)) from error
        keys = {*observers_of(session, ticket.id), *((item.value.kind, item.value.id) for item in offered)}
        set_observers(session, ticket.id, sorted(keys))
