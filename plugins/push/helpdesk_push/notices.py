"""What a reader is told in words, for events that his page has not shown him yet (OK-194, OK-195)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    JournalEvent,
    Ticket,
    last_event_id,
    people,
    status_catalog,
    term,
    ticket_events,
    utcnow,
)
from helpdesk_push import gettext as _
from helpdesk_push.events import HEARD, SPOKEN

#: With more than this, a page is told to read anew and nothing one by one.
MOST: Final = 100
#: A transaction may commit after one that took a later number; pages know the doubles by their numbers.
_OVERLAP: Final = timedelta(seconds=10)
_SUBJECT: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One toast: about which ticket, in which words, and where it leads."""

    id: int
    ticket: int
    kind: str
    text: str
    url: str


def news(session: Session, actor: Actor, *, after: int, ticket_id: int | None) -> dict[str, Any]:
    """What happened after event *after* that *actor* may know: changed tickets, and notices of what others did.

    ``last`` is where to go on from; ``again`` says that it was too much.
    """
    last = last_event_id(session)
    since = utcnow() - _OVERLAP
    found = ticket_events(session, actor, after=after, names=HEARD, ticket_id=ticket_id, since=since, limit=MOST + 1)
    again = len(found) > MOST
    spoken = [] if again else [one for one in found if one.name in SPOKEN and not _own(one, actor)]
    subjects = _subjects(session, {one.ticket_id for one in spoken if one.ticket_id is not None})
    return {
        "last": max(last, after if after <= last else 0),
        "again": again,
        "events": [] if again else [one.id for one in found],
        "tickets": sorted({one.ticket_id for one in found if one.ticket_id is not None}),
        "notices": list(_notices(spoken, subjects, actor)),
    }


def _own(event: JournalEvent, actor: Actor) -> bool:
    return (event.actor.kind, event.actor.id) == (actor.kind, actor.id)


def _subjects(session: Session, ticket_ids: Iterable[int]) -> Mapping[int, str]:
    rows = session.execute(select(Ticket.id, Ticket.subject).where(Ticket.id.in_(ticket_ids)))
    return {row.id: row.subject for row in rows}


def _notices(events: Iterable[JournalEvent], subjects: Mapping[int, str], actor: Actor) -> Iterator[Notice]:
    for event in events:
        ticket_id = event.ticket_id or 0
        text = _text(event)
        if text is None:
            continue
        subject = subjects.get(ticket_id, "")
        short = subject if len(subject) <= _SUBJECT else subject[: _SUBJECT - 1] + "…"
        endpoint = "portal.card" if actor.kind is ActorKind.CONTACT else "tickets.card"
        yield Notice(
            id=event.id,
            ticket=ticket_id,
            kind=event.name,
            text=f"{text} — #{ticket_id} {short}",
            url=url_for(endpoint, ticket_id=ticket_id),
        )


def _text(event: JournalEvent) -> str | None:
    """The words for one event; none for a change that is not announced."""
    who = event.actor.label
    match event.name:
        case "comment.added" if event.after.get("internal"):
            return str(_("%(name)s left an internal note", name=who))
        case "comment.added":
            return str(_("%(name)s wrote", name=who))
        case "ticket.transitioned":
            status = status_catalog().by_key.get(str(event.after.get("status")))
            return str(_("Status: %(status)s", status=term("status", status.key, status.label))) if status else None
        case "ticket.changed" if "assignee_id" in event.after or "group_id" in event.after:
            return _assigned(event)
        case _:
            return None


def _assigned(event: JournalEvent) -> str:
    staff = people()
    employee = staff.employees.get(event.after.get("assignee_id") or 0)
    group = staff.groups.get(event.after.get("group_id") or 0)
    if employee is not None:
        return str(_("Assigned to %(name)s", name=employee.name))
    if group is not None:
        return str(_("Assigned to the group %(name)s", name=group.name))
    return str(_("Nobody is assigned any more"))
