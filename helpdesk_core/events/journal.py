"""Writing the journal: in the transaction of the change, so that neither exists without the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.catalog import event_spec
from helpdesk_core.events.deliveries import deliver_later
from helpdesk_core.events.models import EventRow

Audience = Literal["internal", "customer"]


def record(
    session: Session,
    name: str,
    *,
    actor: Actor,
    subject_kind: str,
    subject_id: int | None,
    ticket_id: int | None = None,
    ticket_version: int | None = None,
    audience: Audience = "internal",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    batch: str | None = None,
) -> EventRow:
    """Add one row to the journal; *before* and *after* hold JSON values of what differs.

    ``internal`` events are never told to a customer. *at* is the moment it happened where that is not now (imports).
    Raises ``LookupError`` for a name that nobody declared and ``ValueError`` for telling customers of an event that is
    declared internal.
    """
    declared = event_spec(name)
    if audience == "customer" and not declared.customer:
        raise ValueError(f"{name} is declared internal: declare it with customer=True to tell customers of it")
    now = utcnow()
    row = EventRow(
        name=name,
        ticket_id=ticket_id,
        ticket_version=ticket_version,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        audience=audience,
        before=dict(before or {}),
        after=dict(after or {}),
        batch=batch,
        occurred_at=at or now,
        recorded_at=now,
    )
    session.add(row)
    deliver_later(session, row)
    return row
