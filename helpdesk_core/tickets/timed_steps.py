"""Steps that tickets take by themselves when their time has come: back to work, and closed (OK-040, OK-043).

A run moves everything that has come due, however long nobody was there to do it, each ticket in a transaction of its
own that looks again: what somebody moved by hand meanwhile is left alone, and two runs never move the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import HelpdeskError, TryLater
from helpdesk_core.contract.specs import JobRun, JobSpec, StatusCategory
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.db.types import UtcDateTime, utcnow
from helpdesk_core.settings.registry import auto_close_days
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.tickets.commands import TransitionTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import move
from helpdesk_core.tickets.steps import back_to_work, closing_target

RETURN: Final = "tickets.return_postponed"
CLOSE: Final = "tickets.close_solved"
#: How many one run moves at most: the rest is due a moment later.
MOST: Final = 1000
_PAGE: Final = 200
_log = structlog.get_logger(__name__)

Due = Callable[[], ColumnElement[bool] | None]
Where = Callable[[Ticket], StatusInfo | None]


def timed_jobs() -> list[JobSpec]:
    """The two jobs of this room."""
    return [
        JobSpec(name=RETURN, run=_return_job, every=timedelta(minutes=1)),
        JobSpec(name=CLOSE, run=_close_job, every=timedelta(minutes=5)),
    ]


def _return_job(_job: JobRun) -> None:
    return_postponed()


def _close_job(_job: JobRun) -> None:
    close_solved()


def return_postponed(most: int = MOST) -> int:
    """Let the tickets whose time has come return to work; how many did."""
    return _move_due(Ticket.until_at, _waited, _returning, "returned", most)


def _waited() -> ColumnElement[bool]:
    keys = [status.key for status in status_catalog().ordered if status.requires_until]
    return (Ticket.until_at <= utcnow()) & Ticket.status_key.in_(keys)


def _returning(ticket: Ticket) -> StatusInfo:
    # Where the matrix has no way back the default status is one: what was promised comes true.
    return back_to_work(ticket) or status_catalog().default


def close_solved(most: int = MOST) -> int:
    """Close the solved tickets that nobody resumed within the days that the desk allows; how many were closed."""
    return _move_due(Ticket.solved_at, _unopposed, lambda ticket: closing_target(ticket, SYSTEM), "auto_closed", most)


def _unopposed() -> ColumnElement[bool] | None:
    days = auto_close_days()
    if not days:
        return None
    return (Ticket.solved_at <= utcnow() - timedelta(days=days)) & Ticket.status_key.in_(
        status_catalog().keys_in(StatusCategory.SOLVED)
    )


@contextmanager
def _alone() -> Iterator[None]:
    """A session of its own, so that what other processes changed of the statuses and settings meanwhile is seen."""
    db.session.remove()
    try:
        yield
    finally:
        db.session.remove()


def _move_due(
    clock: InstrumentedAttribute[datetime | None], due: Due, where: Where, cause: str, most: int
) -> int:  # fmt: skip
    moved = 0
    for ticket_id in _due_ids(clock, due):
        moved += _move_one(ticket_id, due, where, cause)
        if moved >= most:
            break
    return moved


def _due_ids(clock: InstrumentedAttribute[datetime | None], due: Due) -> Iterator[int]:
    """The tickets that are due, the longest first; one that a rule keeps where it is does not stop the others."""
    after: tuple[Any, ...] | None = None
    while True:
        with _alone(), reading() as session:
            condition = due()
            if condition is None:
                return
            query = select(clock, Ticket.id).where(condition).order_by(clock, Ticket.id).limit(_PAGE)
            if after is not None:
                query = query.where(
                    tuple_(clock, Ticket.id) > tuple_(literal(after[0], UtcDateTime), literal(after[1]))
                )
            rows = session.execute(query).all()
        if not rows:
            return
        yield from (row[1] for row in rows)
        after = tuple(rows[-1])


def _move_one(ticket_id: int, due: Due, where: Where, cause: str) -> bool:
    try:
        with _alone(), unit_of_work() as session:
            # Asked again: the desk's setting may have been changed while this runs.
            condition = due()
            if condition is None:
                return False
            return _step(session, ticket_id, condition, where, cause)
    except TryLater:
        raise
    except HelpdeskError as error:
        _log.warning("a ticket stays, though its time has come", ticket=ticket_id, cause=cause, error=str(error))
        return False


def _step(session: Session, ticket_id: int, due: ColumnElement[bool], where: Where, cause: str) -> bool:
    ticket = session.scalar(select(Ticket).where(Ticket.id == ticket_id, due).with_for_update(of=Ticket))
    target = where(ticket) if ticket is not None else None
    if ticket is None or target is None:
        return False
    move(session, ticket, target, actor=SYSTEM, command=TransitionTicket(to=target.key, cause=cause))
    return True
