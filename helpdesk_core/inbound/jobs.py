"""What is done about mails by itself: those that a crash left are settled, files that belong to nothing go."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from helpdesk_core.contract.errors import TryLater
from helpdesk_core.contract.specs import JobRun, JobSpec
from helpdesk_core.inbound.keeping import remove_strays
from helpdesk_core.inbound.services import settle_mail, unsettled

SWEEP: Final = "core.mail.settle"
STRAYS: Final = "core.mail.strays"


def inbound_jobs() -> list[JobSpec]:
    """The periodic jobs of mails that come in."""
    return [
        JobSpec(name=SWEEP, run=sweep, every=timedelta(minutes=1)),
        JobSpec(name=STRAYS, run=tidy, every=timedelta(hours=1)),
    ]


def sweep(job: JobRun) -> None:
    """Settle the mails that wait; those that a command has in hand are settled once, by whoever comes first."""
    for mail_id in unsettled():
        try:
            settle_mail(mail_id)
        except TryLater:
            return


def tidy(job: JobRun) -> None:
    """Remove the files that processes left which died while they stored a mail."""
    remove_strays()
