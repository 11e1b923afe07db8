"""How the processes of a site tell each other: not at all where there is one, over Redis where there are more.

What a process tells, its own pages hear at once and without the bus; the bus is for the others. Nothing waits for it
and nothing fails with it: a lost message is made good by a page that reads anew.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import queue
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

#: A message between processes, as a JSON object.
Message = dict[str, Any]
AGAIN: Final[Message] = {"again": True}

_WAITING: Final = 1000
_TIMEOUT: Final = 2.0
_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_log = structlog.get_logger(__name__)


class Bus(Protocol):
    """Carries messages to the other processes of this site."""

    def publish(self, message: Message) -> None:
        """Send *message* to the others; returns at once and never raises."""

    def subscribe(self, hear: Callable[[Message], None]) -> None:
        """Call *hear* with what others say from now on, and with ``AGAIN`` when something may have been missed."""

    def close(self) -> None:
        """Say and hear nothing more."""


class OneProcess:
    """There is nobody else."""

    def publish(self, message: Message) -> None:
        """Nobody hears."""

    def subscribe(self, hear: Callable[[Message], None]) -> None:
        """Nobody speaks."""

    def close(self) -> None:
        """Nothing is open."""


class RedisBus:
    """Publish and subscribe of Redis; survives a Redis that rests, and then makes everybody look again."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url.replace("redis+unix://", "unix://", 1)
        # Several sites may share a Redis: the channel is this site's, and says nothing of its key.
        self._channel = "helpdesk:push:" + hashlib.sha256(f"push\0{secret}".encode()).hexdigest()[:24]
        self._own = uuid.uuid4().hex
        self._outbox: queue.Queue[Message | None] = queue.Queue(_WAITING)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._reader: threading.Thread | None = None

    def publish(self, message: Message) -> None:
        """Hand *message* to the thread that sends."""
        with self._lock:
            if self._writer is None and not self._closing.is_set():
                self._writer = threading.Thread(target=self._write, name="push-redis-out", daemon=True)
                self._writer.start()
                atexit.register(self._flush)
        try:
            self._outbox.put_nowait(message)
        except queue.Full:
            _log.warning("push: too much to tell other processes, they will look again")

    def subscribe(self, hear: Callable[[Message], None]) -> None:
        """Begin to listen in a thread of its own."""
        with self._lock:
            if self._reader is None and not self._closing.is_set():
                self._reader = threading.Thread(target=self._read, args=(hear,), name="push-redis-in", daemon=True)
                self._reader.start()

    def close(self) -> None:
        """Send what is waiting, and end both threads."""
        self._closing.set()
        self._flush()
        if self._reader is not None:
            self._reader.join(_TIMEOUT * 2)

    def _flush(self) -> None:
        # A command ends right after its commit: what it has to say is still said.
        writer = self._writer
        if writer is not None and writer.is_alive():
            self._outbox.put(None)
            writer.join(_TIMEOUT)

    def _write(self) -> None:
        client = self._client(socket_timeout=_TIMEOUT)
        missed = False
        while True:
            try:
                message = self._outbox.get(timeout=1.0 if missed else None)
            except queue.Empty:
                message = AGAIN  # Redis may be back: what it was not told, others must read
            if message is None:
                return
            if missed:
                message = AGAIN
            missed = not self._sent(client, message)
            if missed:
                self._drop_waiting()

    def _drop_waiting(self) -> None:
        # One "look again" stands for all that is not sent; waiting for each would only make it late.
        ending = False
        while True:
            try:
                ending = self._outbox.get_nowait() is None or ending
            except queue.Empty:
                break
        if ending:
            self._outbox.put(None)

    def _sent(self, client: Any, message: Message) -> bool:
        import redis

        try:
            client.publish(self._channel, json.dumps({"from": self._own, **message}))
        except (redis.RedisError, OSError) as error:
            _log.warning("push: Redis cannot be told", error=str(error))
            return False
        return True

    def _read(self, hear: Callable[[Message], None]) -> None:
        import redis

        attempt, first = 0, True
        while not self._closing.is_set():
            try:
                with self._client(socket_timeout=None).pubsub(ignore_subscribe_messages=True) as ear:
                    ear.subscribe(self._channel)
                    ear.get_message(timeout=_TIMEOUT)  # the confirmation: from here on nothing is missed
                    if not first:
                        hear(AGAIN)
                    first, attempt = False, 0
                    self._hear_from(ear, hear)
            except (redis.RedisError, OSError) as error:
                first = False
                _log.warning("push: Redis cannot be heard", error=str(error))
                self._closing.wait(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                attempt += 1

    def _hear_from(self, ear: Any, hear: Callable[[Message], None]) -> None:
        asked = time.monotonic()
        while not self._closing.is_set():
            received = ear.get_message(timeout=1.0)
            if time.monotonic() - asked > _TIMEOUT * 5:
                ear.ping()  # a connection that is dead without having ended shows itself
                asked = time.monotonic()
            if received is None or received["type"] != "message":
                continue
            message = _understood(received["data"])
            if message is not None and message.pop("from", None) != self._own:
                hear(message)

    def _client(self, *, socket_timeout: float | None) -> Any:
        import redis

        return redis.Redis.from_url(
            self._url, socket_timeout=socket_timeout, socket_connect_timeout=_TIMEOUT, decode_responses=True
        )


def _understood(data: object) -> Message | None:
    try:
        message = json.loads(str(data))
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def bus_of(redis_url: str, secret: str) -> Bus:
    """The bus for a configuration: Redis where one is named."""
    if redis_url and not redis_url.startswith("redis+sentinel"):
        return RedisBus(redis_url, secret)
    return OneProcess()
