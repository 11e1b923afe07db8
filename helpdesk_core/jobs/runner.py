"""Threads that do the jobs: in every serving process by default, and in ``helpdesk worker`` without a broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import structlog
from flask import Flask

from helpdesk_core.contract.errors import TryLater
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.jobs.queue import LEASE, Claim, anything_due, claim
from helpdesk_core.jobs.registry import jobs_of
from helpdesk_core.jobs.wakeups import Added, add_waker, remove_waker
from helpdesk_core.jobs.work import Hands, open_missing, work

_log = structlog.get_logger(__name__)
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
        self._threads = threads
        self._queues = frozenset(queues) if queues is not None else None
        self._poll = poll
        self._hands = Hands(lease)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._thread = threading.Thread(target=self._dispatch, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        add_waker(self.app, self._woken)
        self._thread.start()

    def stop(self, *, seconds: float = 20.0) -> bool:
        """Take nothing more, wait for what runs, put down what is unfinished after *seconds*; whether all was done."""
        self._stopping.set()
        self._wake.set()
        remove_waker(self.app, self._woken)
        end = time.monotonic() + seconds
        self._thread.join(seconds)
        while self._hands.held() and time.monotonic() < end:
            time.sleep(0.05)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not self._hands.put_down(self.app)

    def _woken(self, _added: Added = ()) -> None:
        self._wake.set()

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
            jobs = jobs_of(self._queues)
            open_missing(jobs)
            self._hands.keep()
            free = self._threads - len(self._hands.held())
            if free <= 0 or not jobs:
                return 0
            with reading() as session:
                due = anything_due(session, jobs)
            if not due:
                return 0
            with unit_of_work() as session:
                claims = claim(session, self._hands.worker, jobs, most=free, lease=self._hands.lease)
            for claimed in claims:
                self._hands.take(claimed)
                self._pool.submit(self._work, claimed)
            return len(claims)
        finally:
            db.session.remove()

    def _work(self, claimed: Claim) -> None:
        try:
            work(self.app, claimed)
        finally:
            self._hands.drop(claimed)
            self._wake.set()
