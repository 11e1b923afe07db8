"""The queue: asking for work, taking it under a lease, ending it. Callers hold the unit of work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from helpdesk_core.contract.specs import JobSpec
from helpdesk_core.db.types import utcnow
from helpdesk_core.jobs.models import DEAD, RUNNING, WAITING, Job, PeriodicSlot
from helpdesk_core.jobs.registry import job_spec
from helpdesk_core.jobs.wakeups import wake_after_commit

#: A worker that is silent for so long is taken for dead; a living one renews at a third of it.
LEASE: Final = timedelta(seconds=60)
_ERROR_LIMIT: Final = 4000
#: How many past slots of a periodic job are remembered: more than clocks may differ by.
_KEPT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job in the hands of one worker; ``attempt`` and ``worker`` fence what it may still do to the row."""

    job_id: int
    name: str
    payload: Mapping[str, Any]
    attempt: int
    worker: str
    created_at: datetime


def enqueue(
    session: Session,
    name: str,
    payload: Mapping[str, Any] | None = None,
    *,
    at: datetime | None = None,
    dedup: str | None = None,
) -> bool:
    """Ask for a job in the transaction of *session*; whether a row was added.

    *payload* holds JSON values; ids, not rows. *at* is the earliest moment, now by default. A job with the same
    *dedup* that is waiting, running or dead keeps its place and no second one is added. Raises ``LookupError`` for a
    name that nobody registered.
    """
    return bool(enqueue_many(session, name, [(dict(payload or {}), dedup)], at=at))


def enqueue_many(
    session: Session, name: str, items: Sequence[tuple[Mapping[str, Any], str | None]], *, at: datetime | None = None
) -> int:
    """Ask for many runs of one job, each with its payload and dedup key, in one statement; how many were added."""
    if not items:
        return 0
    spec = job_spec(name)
    now = utcnow()
    rows = [
        {
            "name": name,
            "queue": spec.queue,
            "payload": dict(payload),
            "state": WAITING,
            "due_at": at or now,
            "attempts": 0,
            "dedup": dedup,
            "last_error": "",
            "created_at": now,
        }
        for payload, dedup in items
    ]
    dialect_insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    statement = dialect_insert(Job).values(rows).on_conflict_do_nothing(index_elements=["dedup"]).returning(Job.id)
    added = session.scalars(statement).all()
    if added and (at is None or at <= now):
        wake_after_commit(session, [(job_id, spec.queue) for job_id in added])
    return len(added)


def anything_due(session: Session, names: Collection[str], *, job_id: int | None = None) -> bool:
    """Whether a job of these *names*, or the one with *job_id*, could be taken: a cheap question that takes no lock."""
    due = select(Job.id).where(Job.due_at <= utcnow(), Job.name.in_(names))
    if job_id is not None:
        due = due.where(Job.id == job_id)
    return bool(session.scalar(select(exists(due))))


def due_since(session: Session, names: Collection[str], moment: datetime, *, most: int) -> list[int]:
    """The oldest jobs of these *names* that could have been taken at *moment*, *most* at most."""
    due = select(Job.id).where(Job.due_at <= moment, Job.name.in_(names)).order_by(Job.due_at, Job.id).limit(most)
    return list(session.scalars(due))


def claim(
    session: Session, worker: str, names: Collection[str], *, most: int = 1, job_id: int | None = None,
    lease: timedelta = LEASE,
) -> list[Claim]:  # fmt: skip
    """Take up to *most* jobs that are due, or whose lease ran out, for *worker*; no two workers get the same.

    Only jobs of these *names* are taken: a worker that does not know a plugin leaves its jobs to one that does.
    """
    now = utcnow()
    due = select(Job.id).where(Job.due_at <= now, Job.name.in_(names)).order_by(Job.due_at, Job.id).limit(most)
    if job_id is not None:
        due = due.where(Job.id == job_id)
    if session.get_bind().dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    taken = (
        update(Job)
        .where(Job.id.in_(due.scalar_subquery()), Job.due_at <= now)
        .values(state=RUNNING, attempts=Job.attempts + 1, locked_by=worker, due_at=now + lease)
        .returning(Job.id, Job.name, Job.payload, Job.attempts, Job.created_at)
        .execution_options(synchronize_session=False)
    )
    return [
        Claim(job_id=id_, name=name, payload=payload, attempt=attempt, worker=worker, created_at=created)
        for id_, name, payload, attempt, created in session.execute(taken).all()
    ]


def _mine(claimed: Claim) -> tuple[Any, ...]:
    return (Job.id == claimed.job_id, Job.locked_by == claimed.worker, Job.attempts == claimed.attempt)


def renew(session: Session, claims: Collection[Claim], *, lease: timedelta = LEASE) -> None:
    """Keep these jobs for another lease."""
    for claimed in claims:
        session.execute(
            update(Job).where(*_mine(claimed), Job.state == RUNNING).values(due_at=utcnow() + lease),
            execution_options={"synchronize_session": False},
        )


def complete(session: Session, claimed: Claim) -> bool:
    """Remove a job that was done; ``False`` where the lease had gone to another worker meanwhile."""
    done = session.execute(delete(Job).where(*_mine(claimed)), execution_options={"synchronize_session": False})
    return bool(done.rowcount)  # type: ignore[attr-defined]  # a cursor result


def fail(session: Session, claimed: Claim, error: str, *, final: bool = False) -> bool:
    """Plan the next attempt after *error*, or bury the job where it was the last; whether it is dead now."""
    delays = job_spec(claimed.name).delays
    dead = final or claimed.attempt > len(delays)
    now = utcnow()
    session.execute(
        update(Job)
        .where(*_mine(claimed))
        .values(
            state=DEAD if dead else WAITING,
            due_at=None if dead else now + delays[claimed.attempt - 1],
            died_at=now if dead else None,
            locked_by=None,
            last_error=error[:_ERROR_LIMIT],
        ),
        execution_options={"synchronize_session": False},
    )
    return dead


def give_back(session: Session, claims: Collection[Claim]) -> None:
    """Put down jobs that a stopping worker has not begun or not finished, for another to take at once."""
    for claimed in claims:
        session.execute(
            update(Job)
            .where(*_mine(claimed))
            .values(state=WAITING, due_at=utcnow(), locked_by=None, attempts=Job.attempts - 1),
            execution_options={"synchronize_session": False},
        )


def slots_open(session: Session, periodic: Collection[JobSpec], *, now: datetime | None = None) -> list[JobSpec]:
    """The periodic jobs whose slot of this moment nobody has opened yet: a cheap question that takes no lock."""
    slots = {spec.name: slot_of(spec, now or utcnow()) for spec in periodic}
    if not slots:
        return []
    either = or_(*(and_(PeriodicSlot.name == name, PeriodicSlot.slot_at == at) for name, at in slots.items()))
    opened = set(session.scalars(select(PeriodicSlot.name).where(either)))
    return [spec for spec in periodic if spec.name not in opened]


def open_slots(session: Session, periodic: Collection[JobSpec], *, now: datetime | None = None) -> int:
    """Enqueue what periodic jobs are due in this slot, each once however many processes ask; how many were added.

    A slot that nobody was there for is left out, not made up for: what a periodic job does, it does for all that has
    come due since (F-17).
    """
    added = 0
    for spec in periodic:
        slot = slot_of(spec, now or utcnow())
        dialect_insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        mine = (
            dialect_insert(PeriodicSlot)
            .values(name=spec.name, slot_at=slot)
            .on_conflict_do_nothing()
            .returning(PeriodicSlot.name)
        )
        if session.execute(mine).first() is None:
            continue
        old = delete(PeriodicSlot).where(
            PeriodicSlot.name == spec.name, PeriodicSlot.slot_at < slot - _KEPT * _every(spec)
        )
        session.execute(old, execution_options={"synchronize_session": False})
        added += enqueue(session, spec.name, {"slot": slot.isoformat()}, dedup=f"{spec.name}@{slot.isoformat()}")
    return added


def slot_of(spec: JobSpec, moment: datetime) -> datetime:
    """The beginning of the slot that *moment* falls in: the same for every process and clock that agrees so far."""
    seconds = _every(spec).total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def _every(spec: JobSpec) -> timedelta:
    if spec.every is None:
        raise ValueError(f"{spec.name} is not periodic")
    return spec.every
