"""Wake-ups through a broker: messages that say "do job N", sent after the commit that added it.

The row is the truth and the message a hint: one that is lost, repeated or late does no harm, for whoever gets it claims
the job by its id, and the sweeper sends again what nobody has taken (F-13).
"""

from __future__ import annotations

import queue
import threading
import time
from collections import defaultdict
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import structlog
from flask import Flask, current_app

from helpdesk_core.jobs.wakeups import Added, add_waker

if TYPE_CHECKING:
    from celery import Celery

_log = structlog.get_logger(__name__)
_EXTENSION: Final = "helpdesk_broker"
TASK: Final = "helpdesk.run_job"
_PARTS: Final = ("celery.app.amqp", "celery.app.events", "celery.events.dispatcher", "celery.events.receiver")
_importing = threading.Lock()
#: A queue at the broker is not filled beyond this: more wake-ups than so many help nobody.
MOST_QUEUED: Final = 2000
#: How many batches may wait to be sent; beyond it the sweeper finds them.
_MOST_BATCHES: Final = 1000
#: How long a broker that did not answer is left alone.
_REST_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 2.0


def make_celery(url: str, **settings: Any) -> Celery:
    """A Celery app on the broker at *url*: no results, no remote control, JSON only."""
    with _importing:
        # An extra, and slow to import: nobody pays for it who has no broker. The rest of it is imported here too, and
        # not bit by bit as it is used: threads that do that at the same moment lock each other out.
        for name in _PARTS:
            import_module(name)
        from celery import Celery

    celery = Celery("helpdesk", broker=url, set_as_current=False)
    celery.conf.update(
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_PATIENCE_SECONDS,
        task_ignore_result=True,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        **settings,
    )
    return celery


class Broker:
    """Sends wake-ups from a thread of its own, so that no request waits for the broker or fails with it."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self._prefix = prefix
        self._batches: queue.Queue[tuple[Added, bool] | None] = queue.Queue(_MOST_BATCHES)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._celery: Celery | None = None
        self._connection: Any = None
        self._resting_until = 0.0

    def queue_name(self, name: str) -> str:
        """What the jobs' queue *name* is called at the broker."""
        return f"{self._prefix}.{name}"

    def announce(self, jobs: Added, *, lost: bool = False) -> None:
        """Send a wake-up for each of *jobs* soon; returns at once and never fails.

        Of *lost* ones only so many as the broker has fewer messages: while nobody works it does not fill up.
        """
        if not jobs or time.monotonic() < self._resting_until:
            return
        try:
            self._batches.put_nowait((jobs, lost))
        except queue.Full:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="broker", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Send nothing more and let the connection go."""
        with self._lock:
            if self._thread is not None:
                self._batches.put(None)
                self._thread.join(2 * _PATIENCE_SECONDS)
                self._thread = None

    def trouble(self) -> str | None:
        """Why the broker cannot be reached; ``None`` where it answers."""
        try:
            with self._celery_app().connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0)
        except Exception as error:  # every transport has errors of its own
            return f"{type(error).__name__}: {error}"
        return None

    def _run(self) -> None:
        while True:
            batch = self._batches.get()
            if batch is None:
                self._close()
                return
            if time.monotonic() < self._resting_until:
                continue
            jobs, lost = batch
            try:
                self._send(jobs, lost=lost)
            except Exception as error:  # every transport has errors of its own
                _log.warning("the broker does not answer; jobs wait for the sweeper", error=str(error))
                self._resting_until = time.monotonic() + _REST_SECONDS
                self._close()

    def _send(self, jobs: Added, *, lost: bool) -> None:
        producer = self._producer()
        by_queue: dict[str, list[int]] = defaultdict(list)
        for job_id, name in jobs:
            by_queue[self.queue_name(name)].append(job_id)
        for name, ids in by_queue.items():
            there = producer.channel.queue_declare(queue=name, durable=True, auto_delete=False).message_count
            room = (len(ids) if lost else MOST_QUEUED) - there
            for job_id in ids[: max(room, 0)]:
                self._celery_app().send_task(TASK, args=[job_id], queue=name, producer=producer, retry=False)

    def _producer(self) -> Any:
        if self._connection is None:
            self._connection = self._celery_app().connection_for_write()
            self._connection.ensure_connection(max_retries=1, interval_start=0)
        return self._celery_app().amqp.Producer(self._connection.default_channel, auto_declare=False)

    def _celery_app(self) -> Celery:
        if self._celery is None:
            self._celery = make_celery(self.url, broker_transport_options=_options(self.url))
        return self._celery

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.collect(socket_timeout=_PATIENCE_SECONDS)
            except Exception as error:  # it was broken already
                _log.debug("closing the broker's connection", error=str(error))


def _options(url: str) -> dict[str, float]:
    """Whoever sends is short of patience; the options' names are the transports' own."""
    if url.startswith("redis"):
        return {"socket_timeout": _PATIENCE_SECONDS, "socket_connect_timeout": _PATIENCE_SECONDS}
    return {"read_timeout": _PATIENCE_SECONDS, "write_timeout": _PATIENCE_SECONDS}


def init_broker(app: Flask) -> None:
    """Send wake-ups for the jobs of *app*, where its configuration names a broker."""
    url = app.config["HELPDESK_BROKER_URL"]
    if url:
        broker = app.extensions[_EXTENSION] = Broker(url, app.config["HELPDESK_BROKER_PREFIX"])
        add_waker(app, broker.announce)


def current_broker() -> Broker | None:
    """The broker of the current app."""
    broker: Broker | None = current_app.extensions.get(_EXTENSION)
    return broker
