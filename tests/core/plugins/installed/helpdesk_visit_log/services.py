"""What the visit log writes and reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    SYSTEM,
    Actor,
    Invalid,
    JobRun,
    JournalEvent,
    Ticket,
    get_ticket,
    index_item,
    record,
    unit_of_work,
    visible,
)
from helpdesk_visit_log.models import Car, Entry

ENTRY = "visit_log.entry"


def note(session: Session, ticket: Ticket, text: str, *, actor: Actor) -> Entry:
    """Note something about *ticket*, so that it is found by its words."""
    entry = Entry(ticket_id=ticket.id, note=text)
    session.add(entry)
    session.flush()
    index_item(session, ENTRY, entry.id, title=f"Visit to ticket {ticket.id}", text=text)
    record(
        session,
        "visit_log.noted",
        actor=actor,
        ticket_id=ticket.id,
        subject_kind="entry",
        subject_id=entry.id,
        after={"note": text},
    )
    return entry


def remind(job: JobRun) -> None:
    """Note a reminder, once however often the job is tried."""
    _note_once(job.payload["ticket_id"], f"reminder {job.key}")


def follow(event: JournalEvent) -> None:
    """Note what was heard, once however often it is told."""
    if event.ticket_id is not None:
        _note_once(event.ticket_id, f"heard {event.name} #{event.id}")


#: The numbers of the events that were overheard, one list for each time.
OVERHEARD: list[list[int]] = []


def overhear(events: Sequence[JournalEvent]) -> None:
    """Remember what was told, and fail at an event of somebody called Mallory."""
    OVERHEARD.append([event.id for event in events])
    if any(event.actor.label == "Mallory" for event in events):
        raise RuntimeError("deaf")


def _note_once(ticket_id: int, text: str) -> None:
    with unit_of_work() as session:
        if text not in notes_of(session, ticket_id):
            note(session, get_ticket(session, ticket_id, actor=SYSTEM), text, actor=SYSTEM)


def notes_of(session: Session, ticket_id: int) -> list[str]:
    """What was noted about a ticket, in order."""
    return list(session.scalars(select(Entry.note).where(Entry.ticket_id == ticket_id).order_by(Entry.id)))


def readable_entries(actor: Actor) -> Select[Any]:
    """The ids of the entries of tickets that *actor* sees."""
    return visible(select(Entry.id).join(Ticket, Ticket.id == Entry.ticket_id), actor)


def load_cars(session: Session, ticket_ids: Sequence[int]) -> Mapping[int, str]:
    """The plates by ticket."""
    rows = session.execute(select(Car.ticket_id, Car.plate).where(Car.ticket_id.in_(ticket_ids)))
    return {row.ticket_id: row.plate for row in rows}


def save_car(session: Session, ticket: Ticket, value: str | None, actor: Actor) -> None:
    """Store the plate, or forget it."""
    if value == "BROKEN":
        raise RuntimeError("the garage is closed")
    if value == "STOLEN":
        raise Invalid({"ext.visit_log.car": ["This car is gone."]})
    session.execute(delete(Car).where(Car.ticket_id == ticket.id))
    if value is not None:
        session.add(Car(ticket_id=ticket.id, plate=value))


def with_car(text: str) -> ColumnElement[bool]:
    """Tickets with this plate."""
    return exists().where(Car.ticket_id == Ticket.id, Car.plate == text)


def noted(text: str) -> ColumnElement[bool]:
    """Tickets with notes, or without."""
    return (
        exists().where(Entry.ticket_id == Ticket.id) if text == "yes" else ~exists().where(Entry.ticket_id == Ticket.id)
    )
