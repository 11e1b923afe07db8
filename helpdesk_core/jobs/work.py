"""Doing one claimed job: outside any transaction, its end fenced by the lease."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import Rejected, TryLater
from helpdesk_core.contract.specs import JobRun
from helpdesk_core.db.session import db, unit_of_work
from helpdesk_core.jobs.queue import Claim, claim, complete, fail
from helpdesk_core.jobs.registry import all_jobs, job_spec

_log = structlog.get_logger(__name__)
#: How often the end of a job is written again where the database is busy; then the lease runs out and it is repeated.
_TRIES: Final = 5


def work_all(app: Flask, worker: str) -> int:
    """Do what is due now, one job after the other, what that asks for included; how many attempts that took."""
    done = 0
    while True:
        with app.app_context():
            try:
                with unit_of_work() as session:
                    claims = claim(session, worker, all_jobs())
            finally:
                db.session.remove()
        if not claims:
            return done
        work(app, claims[0])
        done += 1


def work(app: Flask, claimed: Claim) -> None:
    """Run *claimed* in a context of its own and write how it ended; raises nothing."""
    with app.app_context():
        log = _log.bind(job=claimed.job_id, name=claimed.name, attempt=claimed.attempt)
        try:
            error, final = _outcome(claimed)
        finally:
            db.session.remove()
        if error is None:
            if not _written(lambda session: complete(session, claimed)):
                log.warning("job finished after its lease: another worker has it too")
            return
        dead = _written(lambda session: fail(session, claimed, error, final=final))
        (log.error if dead else log.warning)("job died" if dead else "job failed", error=error)


def _outcome(claimed: Claim) -> tuple[str | None, bool]:
    """What went wrong, if anything, and whether trying again is of no use."""
    spec = job_spec(claimed.name)
    if claimed.attempt > len(spec.delays) + 1:
        return "the process that ran it died every time", True
    run = JobRun(id=claimed.job_id, payload=claimed.payload, attempt=claimed.attempt, created_at=claimed.created_at)
    try:
        spec.run(run)
    except Rejected as refusal:
        return str(refusal), True
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a job ends itself, never the process it runs in
        return f"{type(error).__name__}: {error}", False
    return None, False


def _written(change: Callable[[Session], bool]) -> bool:
    for attempt in range(_TRIES):
        try:
            with unit_of_work() as session:
                return change(session)
        except TryLater:
            if attempt == _TRIES - 1:
                _log.error("the end of a job could not be written")
            time.sleep(0.2 * 2**attempt)
        finally:
            db.session.remove()
    return False
