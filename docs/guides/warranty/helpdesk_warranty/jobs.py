"""The work outside requests: tickets whose warranty ends soon get a note, once for each last day."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from helpdesk_core.toolkit import SYSTEM, AddComment, JobRun, JobSpec, add_comment, unit_of_work
from helpdesk_warranty import gettext as _
from helpdesk_warranty import queries

REMIND: Final = "warranty.remind"
_AT_ONCE: Final = 50


def remind() -> JobSpec:
    """Once a day, however many processes there are."""
    return JobSpec(name=REMIND, run=_remind, every=timedelta(days=1))


def _remind(job: JobRun) -> None:
    while _remind_some():
        pass


def _remind_some() -> bool:
    with unit_of_work() as session:
        ending = queries.not_reminded(session, limit=_AT_ONCE)
        for ticket, warranty in ending:
            text = _("The warranty ends on %(day)s.", day=warranty.ends_on.isoformat())
            add_comment(session, ticket, AddComment(body=text, internal=True), actor=SYSTEM)
            warranty.reminded_for = warranty.ends_on  # in the same transaction: the note and the mark, or neither
    return bool(ending)
