"""From an event to notices: one row and one job for each recipient and channel, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Comment, JournalEvent, Ticket, enqueue, one_line, utcnow
from helpdesk_notifications.api import Channel, Recipient
from helpdesk_notifications.channels import MAIL, channels
from helpdesk_notifications.kinds import ASSIGNED, COMMENT, CONTACT, CREATED, MENTION, MENTIONED, NOTE, STATUS
from helpdesk_notifications.models import Notice
from helpdesk_notifications.options import Options, read_options
from helpdesk_notifications.recipients import customers, is_own_act, may_know, mentioned, staff
from helpdesk_notifications.rules import Rules, read_rules

SEND: Final = "notifications.send"
DIGEST: Final = "notifications.digest"
#: Within which time many are many, and how long a digest gathers (minutes).
WINDOW: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event as it is told."""

    event: JournalEvent
    ticket: Ticket
    comment: Comment | None
    kind: str
    internal: bool
    facts: dict[str, Any]


def write_notices(session: Session, event: JournalEvent) -> int:
    """Write who is to be told of *event*, with the jobs that do it; how many. A second time it writes nothing."""
    told = _happening(session, event)
    if told is None or session.scalar(select(Notice.id).where(Notice.event_id == event.id).limit(1)) is not None:
        return 0
    options = read_options(session)
    chosen = _chosen(session, told, read_rules(session), options)
    written = 0
    for channel in channels().values():
        written += _write(session, told, channel, chosen, options)
    return written


def _happening(session: Session, event: JournalEvent) -> Happening | None:
    ticket = session.get(Ticket, event.ticket_id) if event.ticket_id is not None else None
    if ticket is None:
        return None
    comment = None
    facts: dict[str, Any] = {"author": event.actor.label}
    match event.name:
        case "ticket.created":
            kind = CREATED
        case "ticket.transitioned":
            kind = STATUS
            facts |= {"status": event.after.get("status"), "status_before": event.before.get("status")}
        case "ticket.changed" if event.after.get("assignee_id") or event.after.get("group_id"):
            kind = ASSIGNED
        case "comment.added" if not event.after.get("quiet"):  # a robot's: telling would make two of them talk
            comment = session.get(Comment, event.subject_id)
            if comment is None or comment.ticket_id != ticket.id:
                return None
            kind = NOTE if comment.internal or event.audience == "internal" else COMMENT
            facts["comment"] = comment.id
        case _:
            return None
    return Happening(event=event, ticket=ticket, comment=comment, kind=kind, internal=kind == NOTE, facts=facts)


def _candidates(session: Session, told: Happening, options: Options) -> Iterator[tuple[str, Recipient]]:
    """Everybody who might be told, with the kind of notice, the strongest reason first."""
    if told.comment is not None:
        for one in mentioned(session, told.comment.body, told.ticket):
            yield (MENTION if one.audience == MENTIONED else told.kind), one
    for one in staff(session, told.event, told.ticket, told.kind):
        yield told.kind, one
    # The leak firewall: what was not recorded for customers never gets as far as looking for one.
    if told.event.audience == "customer" and not told.internal and told.kind in (CREATED, COMMENT, STATUS):
        for one in customers(session, told.event, told.ticket, options):
            yield told.kind, one


def _chosen(session: Session, told: Happening, rules: Rules, options: Options) -> list[tuple[str, Recipient]]:
    status = str(told.facts.get("status") or told.ticket.status_key)
    chosen: dict[str, tuple[str, Recipient]] = {}
    for kind, one in _candidates(session, told, options):
        rule = rules.get((kind, one.audience))
        if one.key in chosen or rule is None or not rule.enabled:
            continue
        if kind == STATUS and not rule.includes(status):
            continue
        if one.audience == CONTACT and told.event.audience != "customer":
            continue
        if is_own_act(one, told.event.actor, kind) or not may_know(one, told.ticket, internal=told.internal):
            continue
        chosen[one.key] = (kind, one)
    return list(chosen.values())


def _write(
    session: Session, told: Happening, channel: Channel, chosen: Sequence[tuple[str, Recipient]], options: Options
) -> int:
    reached = [(kind, one, channel.address(session, one)) for kind, one in chosen]
    now = utcnow()
    busy = _busy(session, channel.key, [one.key for _kind, one in chosen], options, now)
    rows = [
        Notice(
            event_id=told.event.id,
            ticket_id=told.ticket.id,
            comment_id=told.comment.id if told.comment is not None else None,
            kind=kind,
            audience=one.audience,
            channel=channel.key,
            recipient=one.key,
            name=one_line(one.name, 200),
            address=address,
            language=one.language,
            facts=told.facts,
            gathered=one.key in busy,
            created_at=now,
        )
        for kind, one, address in reached
        if address
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        if row.gathered:
            gather(session, row.recipient, row.channel, now)
        else:
            enqueue(session, SEND, {"notice": row.id}, dedup=_once(told.event, row))
    return len(rows)


def _once(event: JournalEvent, row: Notice) -> str:
    """One job for an event, recipient and channel; a database may give the number of a deleted event to another."""
    return f"{SEND}:{event.id}@{event.occurred_at.timestamp():.3f}:{_short(row.recipient)}:{row.channel}"


def _short(recipient: str) -> str:
    return recipient if len(recipient) <= 90 else hashlib.sha256(recipient.encode()).hexdigest()


def _busy(session: Session, channel: str, keys: list[str], options: Options, now: datetime) -> frozenset[str]:
    """Colleagues who were told so much just now that the rest comes in one mail."""
    mine = [key for key in keys if key.startswith("employee:")]
    if channel != MAIL or not options.digest_after or not mine:
        return frozenset()
    counted = (
        select(Notice.recipient)
        .where(Notice.recipient.in_(mine), Notice.channel == channel, Notice.created_at > now - WINDOW)
        .group_by(Notice.recipient)
        .having(func.count() >= options.digest_after)
    )
    return frozenset(session.scalars(counted))


def gather(session: Session, recipient: str, channel: str, at: datetime) -> None:
    """Ask for the digest of the slot in which *at* is; there is one for each recipient and slot."""
    slot = int(at.timestamp() // WINDOW.total_seconds()) + 1
    end = datetime.fromtimestamp(slot * WINDOW.total_seconds(), at.tzinfo)
    payload = {"recipient": recipient, "channel": channel, "until": end.isoformat()}
    # A little later than the end, so that what was written last is there.
    enqueue(
        session, DIGEST, payload, at=end + timedelta(seconds=20), dedup=f"{DIGEST}:{channel}:{_short(recipient)}:{slot}"
    )
