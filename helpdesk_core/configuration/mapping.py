"""Statuses that go and the ones that take their place: proposing them, checking them, and taking everything along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.configuration.document import Configuration, StatusEntry
from helpdesk_core.configuration.usage import endless
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.messages import message, message_n
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.imports.toml_tables import Problems
from helpdesk_core.statuses.catalog import FINISHED
from helpdesk_core.statuses.models import Status, StatusTransition
from helpdesk_core.tickets.models import SavedView, Ticket

#: So many tickets are moved before the next ones are read.
BATCH: Final = 500
#: Where a status of a category goes, the best first.
_NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "new": ("new", "open"),
    "open": ("open", "new"),
    "waiting": ("waiting", "open", "new"),
    "paused": ("paused", "waiting", "open", "new"),
    "solved": ("solved", "closed"),
    "closed": ("closed", "solved"),
}

Moves = Mapping[str, str]
Progress = Callable[[int, int], None]


def propose(before: Configuration, after: Mapping[str, StatusEntry]) -> dict[str, str]:
    """For every status that goes, the one of the same meaning: by being final, name, category, flags and order."""
    return {
        key: _nearest(status, after)
        for key, status in before.statuses.items()
        if key not in after and any(_possible(status, one) for one in after.values())
    }


def _nearest(status: StatusEntry, after: Mapping[str, StatusEntry]) -> str:
    wishes, word = _NEXT[status.category], status.label.casefold()

    def distance(pair: tuple[str, StatusEntry]) -> tuple[bool, bool, int, bool]:
        one = pair[1]
        namesake = word == one.label.casefold() and one.category in wishes[:2]
        far = wishes.index(one.category) if one.category in wishes else len(wishes)
        # Who can be opened again stays so, wherever there is a choice.
        return one.final and not status.final, not namesake, far, one.requires_until != status.requires_until

    possible = {key: one for key, one in after.items() if _possible(status, one)}
    return min(possible.items(), key=distance)[0]


def _possible(source: StatusEntry, target: StatusEntry) -> bool:
    return source.requires_until or not target.requires_until


def check_moves(
    session: Session, before: Configuration, after: Configuration, moves: Moves, problems: Problems
) -> None:
    """Note every move that cannot be made."""
    for source, target in moves.items():
        place = f"{source}={target}"
        if source not in before.statuses:
            problems.add(place, message("there is no status %(key)s", key=source))
        elif source in after.statuses:
            problems.add(place, message("%(key)s stays, so its tickets keep it", key=source))
        elif target in moves:
            # Where a swap or a chain ends would depend on which move comes first.
            problems.add(place, message("%(key)s goes as well: name a status that stays", key=target))
        elif target not in after.statuses:
            problems.add(place, message("there will be no status %(key)s", key=target))
        elif after.statuses[target].requires_until and not before.statuses[source].requires_until:
            problems.add(place, message("%(key)s needs a time until when, which these tickets do not have", key=target))
        elif after.statuses[target].requires_until and (count := endless(session, source)):
            told = message_n(
                "%(key)s needs a time until when, which %(num)d ticket does not have",
                "%(key)s needs a time until when, which %(num)d tickets do not have",
                count,
                key=target,
            )
            problems.add(place, told)


def move_tickets(
    session: Session, after: Configuration, moves: Moves, *, actor: Actor, progress: Progress | None = None
) -> int:
    """Give the tickets of every status that goes its new one, each with an event of its own; returns how many.

    No rule of a plugin is asked: the old status is about to be no more. Times, readers and the order of the lists stay.
    """
    total = session.scalar(select(func.count()).where(Ticket.status_key.in_(moves))) or 0
    batch, done = uuid4().hex, 0
    for source, target in moves.items():
        last = 0
        while rows := session.execute(
            select(Ticket.id, Ticket.version)
            .where(Ticket.status_key == source, Ticket.id > last)
            .order_by(Ticket.id)
            .limit(BATCH)
        ).all():
            last = rows[-1].id
            versions = {row.id: row.version + 1 for row in rows}
            session.execute(
                update(Ticket).where(Ticket.id.in_(versions)).values(**_values(target, after.statuses[target])),
                execution_options={"synchronize_session": False},
            )
            for number, version in versions.items():
                record(
                    session,
                    "ticket.status_mapped",
                    actor=actor,
                    subject_kind="ticket",
                    subject_id=number,
                    ticket_id=number,
                    ticket_version=version,
                    before={"status": source},
                    after={"status": target},
                    batch=batch,
                )
            session.flush()
            done += len(rows)
            if progress is not None:
                progress(done, total)
    return done


def _values(key: str, status: StatusEntry) -> dict[str, Any]:
    """What the row of a ticket gets with its new status; a moment at which it was solved or closed is kept."""
    values: dict[str, Any] = {"status_key": key, "version": Ticket.version + 1}
    if not status.requires_until:
        values["until_at"] = None
    if status.category == StatusCategory.SOLVED:
        values |= {"solved_at": func.coalesce(Ticket.solved_at, Ticket.closed_at, utcnow()), "closed_at": None}
    elif status.category == StatusCategory.CLOSED:
        values["closed_at"] = func.coalesce(Ticket.closed_at, Ticket.solved_at, utcnow())
    else:
        values |= {"solved_at": None, "closed_at": None}
    if status.category in FINISHED:
        values["needs_answer"] = False
    return values


def follow(session: Session, after: Configuration, moves: Moves) -> None:
    """Let everything else that names a status that goes name its successor: saved views, and what is not covered."""
    for view in session.scalars(select(SavedView)):
        named = view.filters.get("status")
        if isinstance(named, list) and any(key in moves for key in named):
            view.filters = {**view.filters, "status": list(dict.fromkeys(moves.get(key, key) for key in named))}
    # Statuses of applications that do not run, or that the file does not speak of.
    others = {row.key: row for row in session.scalars(select(Status)) if not after.covers(row.key)}
    for row in others.values():
        row.finish_target = moves.get(row.finish_target or "", row.finish_target)
    steps = {(row.source, row.target): row for row in session.scalars(select(StatusTransition))}
    for source, target in _successors(steps, others, moves):
        session.add(StatusTransition(source=moves.get(source, source), target=moves.get(target, target),
                                     permission=steps[source, target].permission))  # fmt: skip
    session.flush()


def _successors(
    steps: Mapping[tuple[str, str], object], others: Mapping[str, object], moves: Moves
) -> Iterator[tuple[str, str]]:
    made = set(steps)
    for source, target in steps:
        new = moves.get(source, source), moves.get(target, target)
        if new not in made and (source in others or target in others):
            made.add(new)
            yield source, target
