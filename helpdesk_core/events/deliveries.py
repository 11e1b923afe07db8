"""From the journal to those who want to know of it.

Subscribers get one job per event, in the transaction of the event; listeners are told after the commit, best effort.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.specs import JobRun, JobSpec, JournalEvent, ListenerSpec, SubscriberSpec
from helpdesk_core.db.session import AFTER_COMMIT, BEFORE_COMMIT, reading
from helpdesk_core.events.models import EventRow
from helpdesk_core.jobs.queue import enqueue_many
from helpdesk_core.jobs.registry import add_jobs
from helpdesk_core.plugins.calls import current_runtime, isolated, suspended

_ROWS: Final = "helpdesk_events"
_TOLD: Final = "helpdesk_told"
_IMPORTING: Final = "helpdesk_importing"


def init_deliveries(app: Flask) -> None:
    """Let the journal of *app* deliver what it records."""
    app.extensions.setdefault(BEFORE_COMMIT, []).append(_write)
    app.extensions.setdefault(AFTER_COMMIT, []).append(_tell)
    add_jobs(app, _jobs)


@contextmanager
def importing(session: Session) -> Iterator[None]:
    """What is recorded inside was imported: only subscribers that asked for such events hear of it."""
    session.info[_IMPORTING] = True
    try:
        yield
    finally:
        session.info.pop(_IMPORTING, None)


def deliver_later(session: Session, row: EventRow) -> None:
    """Remember *row* for its subscribers and listeners; costs nothing where there is none."""
    imported = bool(session.info.get(_IMPORTING))
    wanted = [one for one in subscribers() if row.name in one.events and (one.imported or not imported)]
    if wanted:
        session.info.setdefault(_ROWS, []).append((row, wanted))
    if not imported and any(row.name in one.events for one in current_runtime().registry.all(ListenerSpec)):
        session.info.setdefault(_TOLD, []).append(row)


def subscribers() -> tuple[SubscriberSpec, ...]:
    """Everybody who wants to know of events."""
    return current_runtime().registry.all(SubscriberSpec)


def _write(session: Session) -> None:
    by_subscriber: dict[str, list[int]] = {}
    for row, wanted in session.info.pop(_ROWS, ()):
        if not inspect(row).persistent:
            continue  # its savepoint was rolled back: it never happened
        for subscriber in wanted:
            by_subscriber.setdefault(subscriber.name, []).append(row.id)
    for name, ids in by_subscriber.items():
        enqueue_many(session, name, [({"event": event_id}, f"{name}#{event_id}") for event_id in ids])


def _tell(info: MutableMapping[Any, Any]) -> None:
    rows = [row for row in info.pop(_TOLD, ()) if inspect(row).persistent]
    if not rows:
        return
    for owned in current_runtime().registry.owned(ListenerSpec):
        point = f"listener {owned.spec.name}"
        heard = [journal_event(row) for row in rows if row.name in owned.spec.events]
        if heard and not suspended(owned.plugin, point):
            with isolated(owned.plugin, point):
                owned.spec.hear(heard)


def _jobs() -> list[JobSpec]:
    return [
        JobSpec(name=one.name, run=partial(_deliver, one), queue=one.queue, delays=one.delays) for one in subscribers()
    ]


def _deliver(subscriber: SubscriberSpec, job: JobRun) -> None:
    with reading() as session:
        row = session.get(EventRow, int(job.payload["event"]))
    if row is None:
        return  # the ticket was deleted, and its history with it
    subscriber.handle(journal_event(row))


def journal_event(row: EventRow) -> JournalEvent:
    """A row of the journal as plugins get it."""
    return JournalEvent(
        id=row.id,
        name=row.name,
        ticket_id=row.ticket_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        actor=Actor(ActorKind(row.actor_kind), row.actor_id, row.actor_label),
        audience="customer" if row.audience == "customer" else "internal",
        before=row.before,
        after=row.after,
        occurred_at=row.occurred_at,
    )
