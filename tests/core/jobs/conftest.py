"""An app whose plugin runs errands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from helpdesk_core.jobs.runner import Runner
from tests.core.jobs.sweeping import Process, Start, begin


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the plugin notes what it did."""
    monkeypatch.setenv("COURIER_FOLDER", str(tmp_path))
    return tmp_path


@pytest.fixture
def run_jobs(app: Flask) -> Iterator[Callable[[], Runner]]:
    """Start a runner; all are stopped at the end."""
    started: list[Runner] = []

    def start() -> Runner:
        runner = Runner(app, threads=2, poll=0.05)
        runner.start()
        started.append(runner)
        return runner

    yield start
    for runner in started:
        runner.stop(seconds=5)


@pytest.fixture
def job_config() -> dict[str, str]:
    """What the processes that do jobs are configured with besides."""
    return {}


@pytest.fixture
def start(app: Flask, tmp_path: Path, job_config: dict[str, str]) -> Iterator[Start]:
    """Start a process that does jobs on the app's database; all are killed at the end."""
    processes: list[Process] = []

    # A busy machine stops a process for seconds: only tests that kill or stop one can do with a short lease.
    def start_one(*, lease: float = 30, queues: str = "") -> Process:
        processes.append(begin(app, tmp_path, lease=lease, queues=queues, config=job_config))
        return processes[-1]

    yield start_one
    for process in processes:
        process.kill()
        process.wait()
