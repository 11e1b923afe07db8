"""Between processes: a real Redis, and a Redis that does not answer."""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from helpdesk_push.bus import AGAIN, OneProcess, RedisBus, bus_of

PATIENCE = 30.0


@pytest.fixture(scope="module")
def redis_url() -> str:
    """Where a Redis answers."""
    redis = pytest.importorskip("redis")
    url = os.environ.get("HELPDESK_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    try:
        redis.Redis.from_url(url, socket_connect_timeout=2).ping()
    except redis.RedisError as error:
        reason = f"no Redis at {url}: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return url


class Door:
    """A proxy to Redis that can be shut: what comes then waits, or is cut off."""

    def __init__(self, url: str) -> None:
        host, _, port = url.split("//")[1].split("/")[0].rpartition("@")[2].partition(":")
        self._target = (host or "127.0.0.1", int(port or 6379))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        self.open = threading.Event()
        self.open.set()
        self._pairs: list[socket.socket] = []
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            theirs = socket.create_connection(self._target)
            self._pairs += [ours, theirs]
            for source, target in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.open.wait()
                target.sendall(data)
        except OSError:
            pass
        finally:
            for one in (source, target):
                one.close()

    def cut(self) -> None:
        """Break every connection."""
        for one in self._pairs:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._pairs.clear()

    def close(self) -> None:
        """Take the proxy away."""
        self.open.set()
        self._listener.close()
        self.cut()


@pytest.fixture
def door(redis_url: str) -> Iterator[Door]:
    found = Door(redis_url)
    yield found
    found.close()


class Process:
    """One process of a site, as far as its bus goes."""

    def __init__(self, url: str, secret: str) -> None:
        self.bus = RedisBus(url, secret)
        self.heard: queue.Queue[dict[str, Any]] = queue.Queue()

    def subscribe(self, other: Process) -> None:
        """Subscribe, and wait until what *other* says arrives."""
        self.bus.subscribe(self.heard.put)
        for number in range(300):
            other.bus.publish({"probe": number})
            try:
                self.heard.get(timeout=0.1)
                break
            except queue.Empty:
                continue
        other.bus.publish({"probe": "last"})
        while self.next() != {"probe": "last"}:
            continue

    def next(self) -> dict[str, Any]:
        return self.heard.get(timeout=PATIENCE)


@pytest.fixture
def secret(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name}-{os.getpid()}"


def processes(secret: str, *urls: str) -> list[Process]:
    return [Process(url, secret) for url in urls]


def test_without_redis_a_process_is_alone() -> None:
    assert isinstance(bus_of("", "secret"), OneProcess)
    assert isinstance(bus_of("redis://127.0.0.1/0", "secret"), RedisBus)


def test_others_hear_what_one_says_and_another_site_does_not(redis_url: str, secret: str) -> None:
    one, two = processes(secret, redis_url, redis_url)
    foreign, speaker = processes(f"{secret}-foreign", redis_url, redis_url)
    two.subscribe(one)
    foreign.subscribe(speaker)
    one.bus.publish({"told": [1]})
    assert two.next() == {"told": [1]}
    speaker.bus.publish({"told": [2]})
    assert foreign.next() == {"told": [2]}
    for process in (one, two, foreign, speaker):
        process.bus.close()


def test_who_was_cut_off_looks_again(redis_url: str, door: Door, secret: str) -> None:
    one, two = processes(secret, redis_url, door.url)
    two.subscribe(one)
    door.cut()
    assert two.next() == AGAIN
    for process in (one, two):
        process.bus.close()


def test_what_was_not_sent_makes_others_look_again_when_redis_is_back(redis_url: str, door: Door, secret: str) -> None:
    """The speaker's Redis rests, the others' connections stay: they learn that they missed something."""
    one, two = processes(secret, door.url, redis_url)
    two.subscribe(one)
    door.open.clear()
    for number in range(50):
        one.bus.publish({"told": [number]})  # returns at once, whatever Redis does
    timed_out = threading.Event()
    timed_out.wait(3.0)  # longer than a message waits for Redis
    door.open.set()
    found = [two.next()]
    while found[-1] != AGAIN:
        found.append(two.next())
    one.bus.publish({"told": ["after"]})
    while found[-1] != {"told": ["after"]}:
        found.append(two.next())
    for process in (one, two):
        process.bus.close()


def test_a_redis_that_is_not_there_harms_nobody(secret: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    bus = RedisBus(f"redis://127.0.0.1:{port}/0", secret)
    bus.subscribe(lambda message: None)
    for number in range(3000):  # more than wait
        bus.publish({"told": [number]})
    bus.close()
