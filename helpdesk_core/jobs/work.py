"""Doing one claimed job: outside any transaction, its end fenced by the lease."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import Rejected, TryLater
from helpdesk_core.contract.specs import JobRun, JobSpec
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.jobs.queue import LEASE, Claim, claim, complete, fail, give_back, open_slots, renew, slots_open
from helpdesk_core.jobs.registry import all_jobs, job_spec

_log = structlog.get_logger(__name__)
#: How often the end of a job is written again where the database is busy; then the lease runs out and it is repeated.
_TRIES: Final = 5


class Hands:
    """The jobs that one process has in hand: their leases are renewed while it lives, and put down when it ends."""

    def __init__(self, lease: timedelta = LEASE) -> None:
        self.worker = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.lease = lease
        self._held: dict[tuple[int, int], Claim] = {}
        self._lock = threading.Lock()
        self._renewed = time.monotonic()

    def held(self) -> list[Claim]:
        """What is in hand now."""
        with self._lock:
            return list(self._held.values())

    def take(self, claimed: Claim) -> None:
        """Have *claimed* in hand."""
        with self._lock:
            self._held[claimed.job_id, claimed.attempt] = claimed

    def drop(self, claimed: Claim) -> None:
        """Have it no more: it is done."""
        with self._lock:
            self._held.pop((claimed.job_id, claimed.attempt), None)

    def keep(self) -> None:
        """Renew what is in hand, where a third of the lease has passed; needs an app context."""
        held = self.held()
        if held and time.monotonic() - self._renewed <= self.lease.total_seconds() / 3:
            return
        if held:
            with unit_of_work() as session:
                renew(session, held, lease=self.lease)
        self._renewed = time.monotonic()

    def put_down(self, app: Flask) -> bool:
        """Give back what is still in hand, for another to take at once; whether there was anything."""
        left = self.held()
        if left:
            with app.app_context():
                try:
                    with unit_of_work() as session:
                        give_back(session, left)
                finally:
                    db.session.remove()
        return bool(left)


def open_missing(jobs: Mapping[str, JobSpec]) -> None:
    """Ask for the periodic ones among *jobs* whose slot nobody has opened yet; needs an app context."""
    periodic = [spec for spec in jobs.values() if spec.every is not None]
    if not periodic:
        return
    with reading() as session:
        missing = slots_open(session, periodic)
    if missing:
        with unit_of_work() as session:
            open_slots(session, missing)


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
