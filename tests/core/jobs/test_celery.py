"""Celery brings the wake-ups: it may be killed, and its broker flushed or away; the rows decide."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select

from helpdesk_core.cli.server import start_jobs
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.jobs.broker import current_broker
from helpdesk_core.jobs.models import DEAD, WAITING, Job
from helpdesk_core.jobs.queue import enqueue
from helpdesk_core.jobs.sweeper import Sweeper
from helpdesk_core.testing import RunningBroker, app_with, open_broker
from tests.core.jobs.courier import FAIL, REFUSE, SLOW, WRITE, CourierPlugin, effects
from tests.core.jobs.sweeping import Start, begin, jobs, left, periodic, sweep
from tests.core.jobs.waiting import until

pytestmark = pytest.mark.helpdesk(plugins=[CourierPlugin])


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """A broker of the kind."""
    with open_broker(request.param, queues=("default", "doors")) as running:
        yield running


@pytest.fixture
def job_config(broker: RunningBroker) -> dict[str, str]:
    """Every process that is started uses it."""
    return broker.config


@pytest.fixture
def asking(app: Flask, job_config: dict[str, str]) -> Iterator[Flask]:
    """An app that asks for jobs and sends wake-ups for them."""
    with app_with(app, job_config) as made:
        yield made


def ask(name: str = WRITE, **payload: object) -> None:
    with unit_of_work() as session:
        enqueue(session, name, payload)


def test_celery_does_the_jobs_and_lost_wake_ups_are_found(
    asking: Flask, folder: Path, start: Start, broker: RunningBroker
) -> None:
    """F-13: a message that was flushed away before anybody listened."""
    ask(word="early")
    broker.flush()
    start()
    until(lambda: effects(folder) == ["early 1"], seconds=90)
    ask(word="soon")
    ask(FAIL, times=1)
    ask(REFUSE)
    until(lambda: [(job.name, job.state) for job in jobs()] == [(REFUSE, DEAD)], seconds=60)
    assert Counter(effects(folder)) == Counter(["early 1", "soon 1", "recovered 2"])


def test_killed_workers_and_flushed_brokers_lose_nothing(
    asking: Flask, folder: Path, start: Start, broker: RunningBroker
) -> None:
    """F-03, F-05, F-13."""
    sweep(asking, folder, start, jobs=60, kills=2, flush=broker.flush)


@pytest.mark.long
def test_many_kills_and_flushes_lose_nothing(asking: Flask, folder: Path, start: Start, broker: RunningBroker) -> None:
    """F-03, F-05, F-13."""
    print(sweep(asking, folder, start, jobs=2000, kills=40, flush=broker.flush))


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_told_to_end_it_finishes_or_puts_down_what_it_has_in_hand(
    asking: Flask, folder: Path, start: Start, broker: RunningBroker
) -> None:
    ask(SLOW, word="short", seconds=1)
    ask(SLOW, word="endless", seconds=3600)
    worker = start(lease=600)
    until(lambda: len(effects(folder)) == 2, seconds=90)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 3
    assert "done short" in effects(folder)
    assert [(job.payload["word"], job.state, job.locked_by, job.attempts) for job in jobs()] == [
        ("endless", WAITING, None, 0)
    ]


@pytest.mark.parametrize("broker", ["rabbitmq"], indirect=True)
def test_a_worker_of_one_queue_takes_no_job_of_another(
    asking: Flask, folder: Path, start: Start, broker: RunningBroker
) -> None:
    ask(word="of the other queue")
    ask(REFUSE)
    start(queues="doors")
    until(lambda: [(job.name, job.state) for job in jobs()] == [(WRITE, WAITING), (REFUSE, DEAD)], seconds=90)
    start(queues="default,attic")
    until(lambda: effects(folder) == ["of the other queue 1"], seconds=90)


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_a_periodic_job_runs_once_a_slot_with_celery_too(
    folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-17."""
    monkeypatch.setenv("COURIER_TICKS", "0.7")
    periodic(folder, start, processes=2, slots=5)


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_a_serving_process_does_no_job_and_sends_lost_wake_ups_again(asking: Flask, broker: RunningBroker) -> None:
    """F-13: one message for each job that waits, the core's own included; not again and again while nobody works."""
    started = start_jobs(asking)
    try:
        assert [type(one) for one in started] == [Sweeper]
        ask(word="nobody's")
        until(lambda: waiting_at(broker) == every_job() > 0, seconds=60)
        broker.flush()
        until(lambda: waiting_at(broker) == every_job(), seconds=60)
        assert [(job.name, job.attempts) for job in jobs()] == [(WRITE, 0)]
    finally:
        for one in started:
            one.stop(seconds=10)
    assert waiting_at(broker) <= every_job()


def every_job() -> int:
    """How many jobs there are, whoever asked for them."""
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def waiting_at(broker: RunningBroker) -> int:
    """How many messages wait in Redis."""
    with Redis.from_url(broker.url) as redis:
        return int(redis.llen(f"{broker.prefix}.default"))


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_or_dumb_neither_stops_nor_slows_a_change(app: Flask, folder: Path, scheme: str) -> None:
    """F-13: the row is there and the message is not; a broker that accepts and says nothing counts as away."""
    with socket.create_server(("127.0.0.1", 0)) as dumb:
        address = f"{scheme}://127.0.0.1:{dumb.getsockname()[1]}"
        with app_with(app, {"HELPDESK_BROKER_URL": address}):
            begun = time.monotonic()
            for number in range(40):
                ask(word=str(number))
            # Waiting for it would take two seconds each.
            assert time.monotonic() - begun < 40
            assert left() == 40
            broker = current_broker()
            assert broker is not None
            assert broker.trouble() is not None


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed here")
def test_a_broker_that_dies_and_comes_back_empty_is_used_again(app: Flask, folder: Path) -> None:
    """F-13."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    config = {"HELPDESK_BROKER_URL": f"redis://127.0.0.1:{port}/0"}
    redis = subprocess.Popen(server, stdout=subprocess.DEVNULL)
    with app_with(app, config):
        worker = begin(app, folder, lease=30, queues="", config=config)
        try:
            ask(word="before")
            until(lambda: effects(folder) == ["before 1"], seconds=90)
            redis.kill()
            redis.wait()
            ask(word="meanwhile")
            redis = subprocess.Popen(server, stdout=subprocess.DEVNULL)
            until(lambda: effects(folder) == ["before 1", "meanwhile 1"], seconds=90)
        finally:
            worker.kill()
            worker.wait()
            redis.kill()
            redis.wait()
