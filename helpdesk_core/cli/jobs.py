"""``helpdesk jobs`` and ``helpdesk worker``: the work outside requests."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from typing import Any

import click

from helpdesk_core.cli.running import begin_anew, echo_json, json_option, migrated_app
from helpdesk_core.config import POOL_THREADS
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.jobs import services
from helpdesk_core.jobs.celery_worker import CeleryWorker
from helpdesk_core.jobs.models import DEAD, RUNNING, WAITING
from helpdesk_core.jobs.runner import Runner
from helpdesk_core.jobs.work import work_all
from helpdesk_core.plugins.watch import watch


@click.group("jobs")
def jobs_group() -> None:
    """See, repeat and discard the work outside requests."""


@jobs_group.command("list")
@click.option("--state", type=click.Choice((DEAD, WAITING, RUNNING)), default=DEAD, show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_command(state: str, limit: int, as_json: bool) -> None:
    """Show the latest jobs of one state."""
    with migrated_app().app_context(), reading() as session:
        rows: list[dict[str, Any]] = [
            {
                "id": job.id,
                "name": job.name,
                "attempts": job.attempts,
                "due_at": job.due_at.isoformat() if job.due_at else None,
                "error": job.last_error,
            }
            for job in services.list_jobs(session, state, actor=SYSTEM, limit=limit)
        ]
    for row in rows if not as_json else ():
        click.echo(f"{row['id']:>8}  {row['name']:<40} {row['attempts']:>3}  {row['error'] or row['due_at']}")
    if as_json:
        echo_json(rows)


@jobs_group.command("retry")
@click.argument("job_id", type=click.IntRange(1))
def retry_command(job_id: int) -> None:
    """Let the dead job JOB_ID be tried again."""
    with migrated_app().app_context(), unit_of_work() as session:
        services.retry_job(session, job_id, actor=SYSTEM)


@jobs_group.command("discard")
@click.argument("job_id", type=click.IntRange(1))
def discard_command(job_id: int) -> None:
    """Remove the dead job JOB_ID for good."""
    with migrated_app().app_context(), unit_of_work() as session:
        services.discard_job(session, job_id, actor=SYSTEM)


@jobs_group.command("run")
@json_option
def run_command(as_json: bool) -> None:
    """Do what is due now, one after the other, and end: for a machine where nothing serves."""
    done = work_all(migrated_app(), "helpdesk jobs run")
    click.echo(f"{done} attempts")
    if as_json:
        echo_json({"attempts": done})


@click.command("worker")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True)
@click.option(
    "--queue", "--queues", "queues", multiple=True, help="Only jobs of these queues: names with commas, or repeated."
)
def worker_command(threads: int, queues: tuple[str, ...]) -> None:
    """Do jobs until stopped: a process of its own beside the serving ones, which follows changes of the plugins.

    With HELPDESK_BROKER_URL it is a worker of Celery; without, it looks into the table of jobs.
    """
    app = migrated_app({POOL_THREADS: threads})
    stop, again = threading.Event(), threading.Event()

    def reload() -> None:
        again.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    only = {name.strip() for given in queues for name in given.split(",")} - {""}
    kind = CeleryWorker if app.config["HELPDESK_BROKER_URL"] else Runner
    worker = kind(app, threads=threads, queues=only or None)
    worker.start()
    watch(app, server=uuid.uuid4().hex, reload=reload, alive=lambda: not stop.is_set())
    click.echo(f"doing jobs with {threads} threads")
    stop.wait()
    all_done = worker.stop()
    if again.is_set():
        begin_anew()
    if not all_done:
        # What could not be ended was given back and may run elsewhere now: its threads must not go on here.
        os._exit(0)
