"""Many processes, some of them killed: nothing is lost, nothing is done twice without need."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from flask import Flask

from helpdesk_core.db.session import unit_of_work
from helpdesk_core.jobs.queue import enqueue_many
from tests.core.jobs.courier import SLOW, CourierPlugin, effects
from tests.core.jobs.sweeping import Start, left, periodic, sweep
from tests.core.jobs.waiting import until

pytestmark = pytest.mark.helpdesk(plugins=[CourierPlugin])


def test_killed_workers_lose_nothing(app: Flask, folder: Path, start: Start) -> None:
    """F-03, F-05."""
    sweep(app, folder, start, jobs=120, kills=3)


@pytest.mark.long
def test_many_killed_workers_lose_nothing(app: Flask, folder: Path, start: Start) -> None:
    """F-03, F-05."""
    print(sweep(app, folder, start, jobs=2000, kills=40))


def test_a_stopped_worker_does_not_end_what_another_took_over(app: Flask, folder: Path, start: Start) -> None:
    """F-05: SIGSTOP longer than the lease, then SIGCONT."""
    with app.app_context():
        with unit_of_work() as session:
            enqueue_many(session, SLOW, [({"word": "stone", "seconds": 3}, None)])
        stopped = start(lease=1)
        until(lambda: effects(folder) == ["begun stone"], seconds=60)
        os.kill(stopped.pid, signal.SIGSTOP)
        start(lease=1)
        until(lambda: effects(folder).count("begun stone") == 2, seconds=60)
        os.kill(stopped.pid, signal.SIGCONT)
        until(lambda: effects(folder).count("done stone") == 2 and not left())


def test_a_periodic_job_runs_once_a_slot(folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-17."""
    monkeypatch.setenv("COURIER_TICKS", "0.5")
    periodic(folder, start, processes=4, slots=6)


@pytest.mark.long
def test_ten_processes_run_fifty_slots_once_each(folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-17."""
    monkeypatch.setenv("COURIER_TICKS", "1")
    periodic(folder, start, processes=10, slots=50)
