"""A plugin in one file: another system is told of every new ticket, whatever crashes meanwhile."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from datetime import timedelta

from helpdesk_core.toolkit import (
    JobRun,
    JobSpec,
    JournalEvent,
    Manifest,
    Plugin,
    Rejected,
    SubscriberSpec,
    enqueue,
    hookimpl,
    unit_of_work,
)

TELL = "teller.tell"
GREET = "teller.greet"
#: Minutes for a hiccup, hours for a night without the other system; then the job is dead and waits for somebody.
PATIENCE = (timedelta(seconds=10), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=12))


def heard(event: JournalEvent) -> None:
    """Ask for a job; its dedup key makes hearing of the same event twice one job."""
    if event.audience == "internal":
        return  # what is internal stays inside
    with unit_of_work() as session:
        enqueue(session, TELL, {"ticket": event.ticket_id, "event": event.id}, dedup=f"{TELL}#{event.id}")


def tell(job: JobRun) -> None:
    """Send it once more at every attempt, under one key, by which the other system knows that it has it already."""
    post(json.dumps(dict(job.payload)), key=job.key)


def greet(job: JobRun) -> None:
    """Say that we live: every quarter of an hour, one process of all."""
    post(json.dumps({"slot": job.payload["slot"]}), key=job.key)


def post(text: str, *, key: str) -> None:
    """Raise ``Rejected`` for what will never be taken, and anything else for what may be taken later."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    request = urllib.request.Request(os.environ["TELLER_URL"], data=text.encode(), headers=headers)
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError as error:
        with error:
            if 400 <= error.code < 500:
                raise Rejected(f"the other system refuses it: {error.code}") from error
            raise


class TellerPlugin(Plugin):
    """Tells another system of new tickets."""

    name = "teller"
    manifest = Manifest(name="teller", summary="tells another system", api=">=1.0,<2", adds=("jobs", "subscribers"))

    @hookimpl
    def helpdesk_register_subscribers(self) -> list[SubscriberSpec]:
        return [SubscriberSpec(name="teller.heard", events=("ticket.created",), handle=heard)]

    @hookimpl
    def helpdesk_register_jobs(self) -> list[JobSpec]:
        return [
            JobSpec(name=TELL, run=tell, queue="outside", delays=PATIENCE),
            JobSpec(name=GREET, run=greet, queue="outside", every=timedelta(minutes=15)),
        ]
