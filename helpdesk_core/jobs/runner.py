"""Threads that do the jobs: in every serving process by default, and in ``helpdesk worker``."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import structlog
from flask import Flask, current_app, has_app_context
from sqlalchemy import event
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import TryLater
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.jobs.queue import LEASE, WAKE, Claim, anything_due, claim, give_back, open_slots, renew, slots_open
from helpdesk_core.jobs.registry import all_jobs
from helpdesk_core.jobs.work import work

_log = structlog.get_logger(__name__)
_EXTENSION: Final = "helpdesk_job_wakers"
#: How long a job that another process asked for waits at most before somebody looks.
POLL_SECONDS: Final = 1.0
_TROUBLE_SECONDS: Final = 5.0


class Runner:
    """One dispatching thread and a pool: claims what is due, renews the leases of what runs, sweeps what was lost.

    *queues* limits it to some queues; ``None`` takes all.
    """

    def __init__(self, app: Flask, *, threads: int = 4, queues: Collection[str] | None = None,
                 poll: float = POLL_SECONDS, lease: timedelta = LEASE) -> None:  # fmt: skip
        self.app = app
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._threads = threads
        self._queues = frozenset(queues) if queues is not None else None
        self._poll = poll
        self._lease = lease
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._running: dict[Future[None], Claim] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._thread = threading.Thread(target=self._dispatch, name="jobs", daemon=True)
        self._renewed = time.monotonic()

    def start(self) -> None:
        """Begin to take jobs."""
        self.app.extensions.setdefault(_EXTENSION, []).append(self._wake.set)
        self._thread.start()

    def stop(self, *, seconds: float = 20.0) -> None:
        """Take nothing more, wait for what runs, and put down what is still unfinished after *seconds*."""
        self._stopping.set()
        self._wake.set()
        self.app.extensions[_EXTENSION].remove(self._wake.set)
        self._thread.join(seconds)
        end = time.monotonic() + seconds
        while self._running and time.monotonic() < end:
            time.sleep(0.05)
            self._sweep_finished()
        self._pool.shutdown(wait=False, cancel_futures=True)
        left = list(self._running.values())
        if left:
            with self.app.app_context():
                try:
                    with unit_of_work() as session:
                        give_back(session, left)
                finally:
                    db.session.remove()

    def _dispatch(self) -> None:
        while not self._stopping.is_set():
            try:
                with self.app.app_context():
                    took = self._take()
            except TryLater:
                took = 0
            except Exception:  # the database may be away, or not migrated yet: the thread outlives it
                _log.exception("jobs cannot be taken")
                took = 0
                self._stopping.wait(_TROUBLE_SECONDS)
            if not took:
                self._wake.wait(self._poll)
                self._wake.clear()

    def _take(self) -> int:
        """Take what is due and hand it to the pool; how many."""
        try:
            self._sweep_finished()
            jobs = {
                name: spec for name, spec in all_jobs().items() if self._queues is None or spec.queue in self._queues
            }
            periodic = [spec for spec in jobs.values() if spec.every is not None]
            if periodic:
                with reading() as session:
                    missing = slots_open(session, periodic)
                if missing:
                    with unit_of_work() as session:
                        open_slots(session, missing)
            self._keep()
            free = self._threads - len(self._running)
            if free <= 0 or not jobs:
                return 0
            with reading() as session:
                due = anything_due(session, jobs)
            if not due:
                return 0
            with unit_of_work() as session:
                claims = claim(session, self.name, jobs, most=free, lease=self._lease)
            for claimed in claims:
                future = self._pool.submit(work, self.app, claimed)
                self._running[future] = claimed
                future.add_done_callback(lambda _done: self._wake.set())
            return len(claims)
        finally:
            db.session.remove()

    def _keep(self) -> None:
        if self._running and time.monotonic() - self._renewed > self._lease.total_seconds() / 3:
            with unit_of_work() as session:
                renew(session, list(self._running.values()), lease=self._lease)
            self._renewed = time.monotonic()
        elif not self._running:
            self._renewed = time.monotonic()

    def _sweep_finished(self) -> None:
        for future in [one for one in self._running if one.done()]:
            del self._running[future]


@event.listens_for(Session, "after_commit")
def _wake_up(session: Session) -> None:
    if session.info.pop(WAKE, None) and has_app_context():
        wakers: list[Any] = current_app.extensions.get(_EXTENSION, [])
        for waker in wakers:
            waker()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(WAKE, None)
