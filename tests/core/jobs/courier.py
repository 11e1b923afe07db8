"""A plugin with jobs and a subscriber: what it did stands in files, one line an effect, seen from every process."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

from helpdesk_core.contract.plugin import Manifest
from helpdesk_core.toolkit import JobRun, JobSpec, JournalEvent, Plugin, Rejected, SubscriberSpec, hookimpl

WRITE = "courier.write"
FAIL = "courier.fail"
REFUSE = "courier.refuse"
TICK = "courier.tick"
HEAR = "courier.hear"
SLOW = "courier.slow"


def effects(folder: Path) -> list[str]:
    """What happened so far."""
    done = folder / "effects"
    return done.read_text(encoding="utf-8").splitlines() if done.exists() else []


def _note(line: str) -> None:
    # One write of a short line to a file opened for appending is whole, also between processes.
    handle = os.open(Path(os.environ["COURIER_FOLDER"]) / "effects", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)


def _write(job: JobRun) -> None:
    _note(f"{job.payload['word']} {job.attempt}")


def _fail(job: JobRun) -> None:
    if job.attempt <= job.payload.get("times", 99):
        raise OSError("the line is dead")
    _note(f"recovered {job.attempt}")


def _refuse(job: JobRun) -> None:
    raise Rejected("nobody lives there")


def _tick(job: JobRun) -> None:
    _note(f"tick {job.payload['slot']}")


def _slow(job: JobRun) -> None:
    _note(f"begun {job.payload['word']}")
    time.sleep(job.payload["seconds"])
    _note(f"done {job.payload['word']}")


def _hear(event: JournalEvent) -> None:
    _note(f"{event.name} {event.ticket_id} {event.audience}")


class CourierPlugin(Plugin):
    name = "courier"
    manifest = Manifest(name="courier", summary="runs errands", api=">=1.0,<2", adds=("jobs", "subscribers"))

    @hookimpl
    def helpdesk_register_jobs(self) -> list[JobSpec]:
        soon = (timedelta(0), timedelta(0))
        jobs = [
            JobSpec(name=WRITE, run=_write),
            JobSpec(name=FAIL, run=_fail, delays=soon),
            JobSpec(name=REFUSE, run=_refuse, queue="doors"),
            JobSpec(name=SLOW, run=_slow),
        ]
        if "COURIER_TICKS" in os.environ:
            jobs.append(JobSpec(name=TICK, run=_tick, every=timedelta(seconds=float(os.environ["COURIER_TICKS"]))))
        return jobs

    @hookimpl
    def helpdesk_register_subscribers(self) -> list[SubscriberSpec]:
        return [SubscriberSpec(name=HEAR, events=("ticket.created", "comment.added"), handle=_hear)]
