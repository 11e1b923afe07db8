"""Where a broker carries the wake-ups: lost ones are found in the table, and periodic jobs are asked for."""

from __future__ import annotations

import random
import threading
from collections.abc import Collection
from datetime import timedelta
from typing import Final

import structlog
from flask import Flask

from helpdesk_core.contract.errors import TryLater
from helpdesk_core.db.session import db, reading
from helpdesk_core.db.types import utcnow
from helpdesk_core.jobs.broker import MOST_QUEUED, current_broker
from helpdesk_core.jobs.queue import due_since
from helpdesk_core.jobs.registry import jobs_of, names_by_queue
from helpdesk_core.jobs.work import Hands, open_missing

_log = structlog.get_logger(__name__)
#: A job that is due for so long without being taken has lost its wake-up.
_LOST_AFTER: Final = timedelta(seconds=1)
_TROUBLE_SECONDS: Final = 5.0


class Sweeper:
    """A thread that looks every *poll* seconds; it also renews the leases of what its process has in *hands*."""

    def __init__(self, app: Flask, *, queues: Collection[str] | None = None, poll: float = 1.0,
                 hands: Hands | None = None) -> None:  # fmt: skip
        self._app = app
        self._queues = queues
        self._poll = poll
        self._hands = hands
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-sweeper", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, *, seconds: float = 5.0) -> bool:
        """Look no more; always true, for nothing is left undone."""
        self._stopping.set()
        self._thread.join(seconds)
        return True

    def _run(self) -> None:
        # Not all processes at the same moment.
        while not self._stopping.wait(self._poll * random.uniform(0.7, 1.3)):  # noqa: S311
            try:
                with self._app.app_context():
                    self._look()
            except TryLater:
                continue
            except Exception:  # the database may be away, or not migrated yet: the thread outlives it
                _log.exception("jobs cannot be swept")
                self._stopping.wait(_TROUBLE_SECONDS)

    def _look(self) -> None:
        broker = current_broker()
        try:
            if self._hands is not None:
                self._hands.keep()
            jobs = jobs_of(self._queues)
            open_missing(jobs)
            if broker is None:
                return
            # Queue by queue: one that nobody works at must not hide what the others have lost.
            for queue, names in names_by_queue(jobs).items():
                with reading() as session:
                    lost = due_since(session, names, utcnow() - _LOST_AFTER, most=MOST_QUEUED // 2)
                broker.announce(tuple((job_id, queue) for job_id in lost), lost=True)
        finally:
            db.session.remove()
