"""Doing the jobs that a test asked for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from flask import Flask

from helpdesk_core.jobs.celery_worker import CeleryWorker
from helpdesk_core.jobs.runner import Runner
from helpdesk_core.jobs.work import work_all


def run_jobs(app: Flask) -> int:
    """Do every job that is due, deliveries to subscribers included, and return how many attempts that took.

    Failed ones are planned for later and left; advance the clock to see them tried again.
    """
    return work_all(app, "tests")


def start_worker(
    app: Flask, *, threads: int = 4, lease_seconds: float = 2, queues: Collection[str] | None = None
) -> Runner | CeleryWorker:
    """Do jobs on threads of this process until it ends: for tests of processes that are killed at work.

    Where the app's configuration names a broker, it is a worker of Celery.
    """
    kind, poll = (CeleryWorker, 0.3) if app.config["HELPDESK_BROKER_URL"] else (Runner, 0.05)
    worker = kind(app, threads=threads, queues=queues, poll=poll, lease=timedelta(seconds=lease_seconds))
    worker.start()
    return worker
