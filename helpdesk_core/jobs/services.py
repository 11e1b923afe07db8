"""What an administrator does with jobs: look, try again, give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.jobs.models import DEAD, RUNNING, WAITING, Job

MANAGE: Final = "core:job:manage"
#: A count stops here: beyond it, how many more says nothing.
MOST_COUNTED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCounts:
    """How many jobs there are in each state, none beyond ``MOST_COUNTED``."""

    waiting: int
    running: int
    dead: int


def count_jobs(session: Session, *, actor: Actor) -> JobCounts:
    """How the work stands."""
    require(actor, MANAGE)

    def of(state: str) -> int:
        some = select(Job.id).where(Job.state == state).limit(MOST_COUNTED).subquery()
        return session.scalar(select(func.count()).select_from(some)) or 0

    return JobCounts(waiting=of(WAITING), running=of(RUNNING), dead=of(DEAD))


def list_jobs(
    session: Session, state: str, *, actor: Actor, before: int | None = None, limit: int = 50
) -> Sequence[Job]:
    """The latest jobs of a *state*, the newest first; *before* is the last id of the page before."""
    require(actor, MANAGE)
    query = select(Job).where(Job.state == state).order_by(Job.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Job.id < before)).all()


def retry_job(session: Session, job_id: int, *, actor: Actor) -> None:
    """Let a dead job be tried again from its first attempt; raises ``NotFound`` where there is none."""
    require(actor, MANAGE)
    revived = (
        update(Job)
        .where(Job.id == job_id, Job.state == DEAD)
        .values(state=WAITING, due_at=utcnow(), attempts=0, died_at=None)
        .returning(Job.name)
    )
    _note(session, "job.retried", job_id, session.scalar(revived), actor)


def discard_job(session: Session, job_id: int, *, actor: Actor) -> None:
    """Remove a dead job for good; raises ``NotFound`` where there is none."""
    require(actor, MANAGE)
    gone = delete(Job).where(Job.id == job_id, Job.state == DEAD).returning(Job.name)
    _note(session, "job.discarded", job_id, session.scalar(gone), actor)


def retry_all(session: Session, *, actor: Actor) -> int:
    """Let every dead job be tried again; how many."""
    require(actor, MANAGE)
    now = utcnow()
    revived = (
        update(Job)
        .where(Job.state == DEAD)
        .values(state=WAITING, due_at=now, attempts=0, died_at=None)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    count = len(session.execute(revived).all())
    if count:
        record(session, "job.retried", actor=actor, subject_kind="job", subject_id=None, after={"jobs": count})
    return count


def _note(session: Session, event: str, job_id: int, name: str | None, actor: Actor) -> None:
    if name is None:
        raise NotFound("job")
    record(session, event, actor=actor, subject_kind="job", subject_id=job_id, before={"name": name})
