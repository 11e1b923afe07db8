"""``helpdesk worker`` where there is a broker: Celery brings the wake-ups, the lease decides who does the job."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

import structlog
from flask import Flask

from helpdesk_core.contract.errors import TryLater
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.jobs.broker import TASK, current_broker, make_celery
from helpdesk_core.jobs.queue import LEASE, Claim, anything_due, claim
from helpdesk_core.jobs.registry import jobs_of, names_by_queue
from helpdesk_core.jobs.runner import POLL_SECONDS
from helpdesk_core.jobs.sweeper import Sweeper
from helpdesk_core.jobs.work import Hands, work

_log = structlog.get_logger(__name__)
_TROUBLE_SECONDS: Final = 5.0


class CeleryWorker:
    """A Celery worker with a pool of threads, and a sweeper that renews the leases of what they have in hand.

    One in a process: how a worker of Celery is told to end is a variable of its module.
    """

    def __init__(self, app: Flask, *, threads: int = 8, queues: Collection[str] | None = None,
                 poll: float = POLL_SECONDS, lease: timedelta = LEASE) -> None:  # fmt: skip
        self._app = app
        self._threads = threads
        self._queues = frozenset(queues) if queues is not None else None
        self._hands = Hands(lease)
        self._stopping = threading.Event()
        self._sweeper = Sweeper(app, queues=self._queues, poll=poll, hands=self._hands)
        self._first: Any = None
        self._thread = threading.Thread(target=self._run, name="celery", daemon=True)

    def start(self) -> None:
        """Begin to take jobs; a broker that is away is waited for."""
        self._first = self._controller()  # before the threads: it imports most of Celery
        self._thread.start()
        self._sweeper.start()

    def stop(self, *, seconds: float = 20.0) -> bool:
        """Take nothing more, wait for what runs, put down what is unfinished after *seconds*; whether all was done."""
        from celery.worker import state

        end = time.monotonic() + seconds
        self._stopping.set()
        state.should_stop = 0  # the status that Celery ends with
        self._thread.join(seconds)  # the sweeper renews meanwhile
        self._sweeper.stop(seconds=max(end - time.monotonic(), 1.0))
        return not self._hands.put_down(self._app)

    def _run(self) -> None:
        controller = self._first
        while True:
            try:
                (controller or self._controller()).start()  # returns when it is told to end, or cannot go on
            except Exception:
                _log.exception("the Celery worker ended")
            controller = None
            if self._stopping.wait(_TROUBLE_SECONDS):
                return

    def _controller(self) -> Any:
        from celery.worker import WorkController

        with self._app.app_context():
            broker = current_broker()
            if broker is None:
                raise RuntimeError("there is no broker: set HELPDESK_BROKER_URL")
            queues = sorted(broker.queue_name(name) for name in names_by_queue(jobs_of(self._queues)))
        celery = make_celery(broker.url, task_default_queue=queues[0] if queues else broker.queue_name("default"))
        celery.task(self._take, name=TASK, ignore_result=True)
        return WorkController(
            app=celery, pool_cls="threads", concurrency=self._threads, queues=queues, without_gossip=True,
            without_heartbeat=True, without_mingle=True,
        )  # fmt: skip

    def _take(self, job_id: int) -> None:
        """Do the job if it is still there to be done; raises nothing that matters, for the sweeper looks again."""
        if self._stopping.is_set():
            return
        try:
            with self._app.app_context():
                claims = self._claim(job_id)
        except TryLater:
            return
        for claimed in claims:
            self._hands.take(claimed)
            try:
                work(self._app, claimed)
            finally:
                self._hands.drop(claimed)

    def _claim(self, job_id: int) -> list[Claim]:
        jobs = jobs_of(self._queues)
        try:
            with reading() as session:
                if not anything_due(session, jobs, job_id=job_id):
                    return []  # done by another, who got the same wake-up
            with unit_of_work() as session:
                return claim(session, self._hands.worker, jobs, job_id=job_id, lease=self._hands.lease)
        finally:
            db.session.remove()
