"""Many processes, some of them killed: nothing is lost, nothing is done twice without need."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.jobs.models import Job
from helpdesk_core.jobs.queue import enqueue_many
from tests.architecture.source_rules import ROOT
from tests.core.jobs.courier import SLOW, CourierPlugin, effects
from tests.core.jobs.waiting import until

pytestmark = pytest.mark.helpdesk(plugins=[CourierPlugin])

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(app: Flask, tmp_path: Path) -> Iterator[Start]:
    """Start a process that does jobs on the app's database; all are killed at the end."""
    processes: list[subprocess.Popen[bytes]] = []

    def begin(*, lease: float = 2) -> subprocess.Popen[bytes]:
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        command = [sys.executable, "-m", "tests.core.jobs.process", str(url), str(tmp_path), str(lease)]
        processes.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.wait()


def left() -> int:
    try:
        with reading() as session:
            return session.scalar(select(func.count()).select_from(Job)) or 0
    finally:
        db.session.remove()


def sweep(app: Flask, folder: Path, start: Start, *, jobs: int, kills: int) -> None:
    """Let three processes do *jobs*, of which *kills* are killed at random moments and replaced."""
    chance = random.Random(7)
    with app.app_context():
        with unit_of_work() as session:
            items = [({"word": f"w{number}", "seconds": 0.03}, None) for number in range(jobs)]
            assert enqueue_many(session, SLOW, items) == jobs
        running = [start() for _ in range(3)]
        until(lambda: effects(folder), seconds=60)
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, 0.6))
            victim = running.pop(chance.randrange(len(running)))
            victim.kill()
            victim.wait()
            running.append(start())
        until(lambda: not left(), seconds=60 + jobs / 4)
    done = Counter(line.removeprefix("done ") for line in effects(folder) if line.startswith("done "))
    assert set(done) == {f"w{number}" for number in range(jobs)}, "a job was lost"
    repeated = sum(count - 1 for count in done.values())
    assert repeated <= kills * 4, "a job was repeated that nobody had in hand when he was killed"


def test_killed_workers_lose_nothing(app: Flask, folder: Path, start: Start) -> None:
    """F-03, F-05."""
    sweep(app, folder, start, jobs=120, kills=3)


@pytest.mark.long
def test_many_killed_workers_lose_nothing(app: Flask, folder: Path, start: Start) -> None:
    """F-03, F-05."""
    sweep(app, folder, start, jobs=2000, kills=40)


def test_a_stopped_worker_does_not_end_what_another_took_over(app: Flask, folder: Path, start: Start) -> None:
    """F-05: SIGSTOP longer than the lease, then SIGCONT."""
    with app.app_context():
        with unit_of_work() as session:
            enqueue_many(session, SLOW, [({"word": "stone", "seconds": 0.5}, None)])
        stopped = start(lease=1)
        until(lambda: effects(folder) == ["begun stone"], seconds=60)
        os.kill(stopped.pid, signal.SIGSTOP)
        start(lease=1)
        until(lambda: effects(folder).count("begun stone") == 2, seconds=60)
        os.kill(stopped.pid, signal.SIGCONT)
        until(lambda: effects(folder).count("done stone") == 2 and not left())


def periodic(folder: Path, start: Start, *, processes: int, slots: int) -> None:
    for _ in range(processes):
        start()
    until(lambda: len(effects(folder)) >= slots, seconds=90 + slots)
    ticks = Counter(effects(folder))
    assert max(ticks.values()) == 1, "a slot ran twice"


def test_a_periodic_job_runs_once_a_slot(folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-17."""
    monkeypatch.setenv("COURIER_TICKS", "0.5")
    periodic(folder, start, processes=4, slots=6)


@pytest.mark.long
def test_ten_processes_run_fifty_slots_once_each(folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-17."""
    monkeypatch.setenv("COURIER_TICKS", "1")
    periodic(folder, start, processes=10, slots=50)
