"""What plugins contribute to a ticket's pages: actions, related things, warnings; one that fails is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.access.policy import can_many, holds, visible
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.specs import Permission, TicketDraft, TicketWarning
from helpdesk_core.plugins.calls import current_runtime, hooks, isolated, suspended
from helpdesk_core.tickets.models import Ticket

_RELATED = 10


def plugin_actions(ticket: Ticket, actor: Actor) -> list[dict[str, Any]]:
    """Entries for the card's menu, without those that *actor* has no right to."""
    offered = hooks().helpdesk_ticket_actions(ticket=ticket, actor=actor)
    if not offered:
        return []
    allowed = _allowed({one.value.permission for one in offered if one.value.permission is not None}, ticket, actor)
    found: list[dict[str, Any]] = []
    for one in sorted(offered, key=lambda row: (row.value.order, row.value.key)):
        action = one.value
        if action.permission is not None and action.permission not in allowed:
            continue
        if suspended(one.plugin, f"action {action.key}"):
            continue
        with isolated(one.plugin, f"action {action.key}"):
            url = url_for(action.endpoint, **action.values)
            label = str(action.label)
            found.append({"key": action.key, "label": label, "url": url, "icon": action.icon, "method": action.method})
    return found


def _allowed(permissions: set[str], ticket: Ticket, actor: Actor) -> frozenset[str]:
    """Which of *permissions* the actor holds, those about single tickets on this one: one query."""
    known = (*CORE_PERMISSIONS, *current_runtime().registry.all(Permission))
    on_tickets = [spec.name for spec in known if spec.has_row and spec.name in permissions]
    here = can_many(actor, on_tickets, [ticket.id]).get(ticket.id, frozenset())
    return here | {name for name in permissions.difference(on_tickets) if holds(actor, name)}


def related_items(session: Session, ticket: Ticket, actor: Actor) -> list[dict[str, Any]]:
    """Things worth seeing beside *ticket*, the best first; tickets among them only such as *actor* sees."""
    offered = hooks().helpdesk_find_related(ticket=ticket, actor=actor, limit=_RELATED)
    named = {one.value.ticket_id for one in offered if one.value.ticket_id is not None}
    query = select(Ticket.id).where(Ticket.id.in_(named), Ticket.id != ticket.id)
    seen = set(session.scalars(visible(query, actor))) if named else set()
    items = [one.value for one in offered if one.value.ticket_id is None or one.value.ticket_id in seen]
    items.sort(key=lambda item: -item.score)
    return [{"kind": item.kind, "label": str(item.label), "url": item.url} for item in items[:_RELATED]]


def draft_warnings(draft: TicketDraft, actor: Actor) -> Sequence[TicketWarning]:
    """What plugins want the author to know before he sends; it stops nothing."""
    return [one.value for one in hooks().helpdesk_ticket_warnings(draft=draft, actor=actor)]
