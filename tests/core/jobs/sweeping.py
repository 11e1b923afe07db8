"""Processes that do jobs, killed at random moments: what holds afterwards."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.jobs.models import Job
from helpdesk_core.jobs.queue import enqueue_many
from tests.architecture.source_rules import ROOT
from tests.core.jobs.courier import SLOW, effects
from tests.core.jobs.waiting import until

Process = subprocess.Popen[bytes]
Start = Callable[..., Process]
_THREADS = 4
#: Short, for what the killed had in hand is waited for; longer than a busy machine holds a process up.
_LEASE = 5


def begin(app: Flask, folder: Path, *, lease: float, queues: str, config: dict[str, str]) -> Process:
    """Start a process with four threads that does jobs on the database of *app*."""
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    words = [url, str(folder), str(lease), queues, json.dumps(config)]
    return subprocess.Popen([sys.executable, "-m", "tests.core.jobs.process", *words], cwd=ROOT)


def jobs() -> list[Job]:
    """The courier's jobs that there still are; the core's own come by themselves."""
    try:
        with reading() as session:
            return list(session.scalars(select(Job).where(Job.name.startswith("courier.")).order_by(Job.id)))
    finally:
        db.session.remove()


def left() -> int:
    """How many of them there are."""
    try:
        with reading() as session:
            mine = select(func.count()).select_from(Job).where(Job.name.startswith("courier."))
            return session.scalar(mine) or 0
    finally:
        db.session.remove()


def sweep(app: Flask, folder: Path, start: Start, *, jobs: int, kills: int,
          flush: Callable[[], None] | None = None) -> str:  # fmt: skip
    """Let three processes do *jobs*; *kills* are killed at random moments and replaced, each time the broker flushed.

    Half of the jobs are there before, the other half comes while processes die. Returns what happened, in numbers.
    """
    chance = random.Random(7)
    begun = time.monotonic()
    flushed = 0
    with app.app_context():
        _ask(0, jobs // 2)
        running = [start(lease=_LEASE) for _ in range(3)]
        until(lambda: effects(folder), seconds=90)
        for round_ in range(kills):
            time.sleep(chance.uniform(0.1, 0.6))
            victim = running.pop(chance.randrange(len(running)))
            victim.kill()
            victim.wait()
            running.append(start(lease=_LEASE))
            _ask(jobs // 2 + jobs // 2 * round_ // kills, jobs // 2 + jobs // 2 * (round_ + 1) // kills)
            if flush is not None:
                flush()
                flushed += 1
        until(lambda: not left(), seconds=120 + jobs / 4)
    done = Counter(line.removeprefix("done ") for line in effects(folder) if line.startswith("done "))
    assert set(done) == {f"w{number}" for number in range(jobs)}, "a job was lost"
    repeated = sum(count - 1 for count in done.values())
    assert repeated <= kills * _THREADS, "a job was repeated that nobody had in hand when he was killed"
    took = time.monotonic() - begun
    return f"{jobs} jobs, {kills} kills, {flushed} flushes: none lost, {repeated} repeated, {took:.0f} s"


def periodic(folder: Path, start: Start, *, processes: int, slots: int) -> None:
    """Let so many processes open the slots of one periodic job: each runs once."""
    for _ in range(processes):
        start()
    until(lambda: len(effects(folder)) >= slots, seconds=90 + slots)
    ticks = Counter(effects(folder))
    assert max(ticks.values()) == 1, "a slot ran twice"


def _ask(first: int, last: int) -> None:
    with unit_of_work() as session:
        items = [({"word": f"w{number}", "seconds": 0.03}, None) for number in range(first, last)]
        assert enqueue_many(session, SLOW, items) == last - first
