"""Brokers for tests: Redis and RabbitMQ as they run on this machine, each test with a room of its own."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from flask import Flask

from helpdesk_core.jobs.broker import current_broker
from helpdesk_core.plugins.lifecycle import GIVEN
from helpdesk_core.testing.apps import dispose, make_app

#: Where they are looked for, unless the environment says otherwise.
SERVERS: Final[Mapping[str, tuple[str, str]]] = {
    "redis": ("HELPDESK_TEST_REDIS_URL", "redis://127.0.0.1:6379"),
    "rabbitmq": ("HELPDESK_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}
_DATABASES: Final = range(8, 16)
_KEPT_SECONDS: Final = 1800


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A broker that is empty at first; ``config`` makes an app use it."""

    url: str
    prefix: str
    queues: tuple[str, ...]

    @property
    def config(self) -> dict[str, str]:
        """The configuration of an app that uses it."""
        return {"HELPDESK_BROKER_URL": self.url, "HELPDESK_BROKER_PREFIX": self.prefix}

    def flush(self) -> None:
        """Lose every message that waits, as a broker does whose disk is gone: ``FLUSHDB``, or purged queues."""
        if self.url.startswith("redis"):
            with _redis(self.url) as redis:
                redis.flushdb()
        else:
            self._amqp("queue_purge")

    def remove(self) -> None:
        """Leave nothing behind."""
        if self.url.startswith("redis"):
            self.flush()
        else:
            self._amqp("queue_delete")

    def _amqp(self, command: str) -> None:
        from amqp import Connection
        from amqp.exceptions import NotFound

        parts = urlsplit(self.url)
        for queue in self.queues:
            server = Connection(f"{parts.hostname}:{parts.port}", userid=parts.username, password=parts.password)
            with server, suppress(NotFound):  # nobody asked for this queue yet
                getattr(server.channel(), command)(f"{self.prefix}.{queue}")


@contextmanager
def open_broker(kind: str, *, queues: tuple[str, ...] = ("default",)) -> Iterator[RunningBroker]:
    """Yield a broker, ``redis`` or ``rabbitmq``; skips the test where none runs, and fails it where ``CI`` is set."""
    variable, standard = SERVERS[kind]
    url = os.environ.get(variable, standard)
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=5).close()
    except OSError as error:
        reason = f"no {kind} at {parts.hostname}:{parts.port} ({error}); set {variable}"
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            pytest.fail(reason)
        pytest.skip(reason)
    prefix = f"test-{uuid.uuid4().hex[:12]}"
    if kind == "rabbitmq":
        broker = RunningBroker(url, prefix, queues)
        try:
            yield broker
        finally:
            broker.remove()
        return
    with _database_of_redis(url) as own:
        broker = RunningBroker(own, prefix, queues)
        broker.flush()
        try:
            yield broker
        finally:
            broker.remove()


@contextmanager
def app_with(app: Flask, config: Mapping[str, str]) -> Iterator[Flask]:
    """Yield an app like *app*, on its database, with *config* besides; its context is open inside the block.

    With a broker's ``config`` it sends wake-ups for the jobs that are asked for.
    """
    kept = {"HELPDESK_MAIL_URL": app.config["HELPDESK_MAIL_URL"], **config}
    url, folder = str(app.config["SQLALCHEMY_DATABASE_URI"]), Path(app.config["HELPDESK_DATA_DIR"])
    made = make_app(url, folder, plugins=app.extensions[GIVEN], config=kept)
    with made.app_context():
        yield made
        broker = current_broker()
        if broker is not None:
            broker.close()
    dispose(made)


@contextmanager
def _database_of_redis(url: str) -> Iterator[str]:
    """A database that no other test of this machine flushes; a key of the first one says who has it."""
    with _redis(url) as first:
        for number in _DATABASES:
            key = f"helpdesk-tests:{number}"
            if first.set(key, os.getpid(), nx=True, ex=_KEPT_SECONDS):
                try:
                    yield f"{url.rstrip('/')}/{number}"
                finally:
                    first.delete(key)
                return
    pytest.fail("every database of Redis is taken by another test")


@contextmanager
def _redis(url: str) -> Iterator[Any]:
    from redis import Redis

    with Redis.from_url(url) as redis:
        yield redis
