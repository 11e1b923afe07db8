"""The work outside requests: hearing of events, sending notices and digests, tidying up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    JobRun,
    JobSpec,
    JournalEvent,
    Rejected,
    SubscriberSpec,
    reading,
    unit_of_work,
    utcnow,
)
from helpdesk_notifications.api import Message
from helpdesk_notifications.channels import channels
from helpdesk_notifications.kinds import EVENTS
from helpdesk_notifications.letters import Letter, digest_of, letter_of
from helpdesk_notifications.models import Notice
from helpdesk_notifications.notices import DIGEST, SEND, gather, write_notices
from helpdesk_notifications.rules import follow_statuses

HEAR: Final = "notifications.hear"
FOLLOW: Final = "notifications.follow"
TIDY: Final = "notifications.tidy"
#: 1, 5, 15, 60 minutes, then longer, for five days in all (F-10).
DELAYS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480, *(720,) * 9)
)  # fmt: skip
_KEPT: Final = timedelta(days=90)
_DIGEST_LIMIT: Final = 200


def subscribers() -> list[SubscriberSpec]:
    """What is heard."""
    return [
        SubscriberSpec(name=HEAR, events=EVENTS, handle=hear),
        SubscriberSpec(name=FOLLOW, events=("configuration.preset_changed",), handle=follow),
    ]


def jobs() -> list[JobSpec]:
    """What is done."""
    return [
        JobSpec(name=SEND, run=send, delays=DELAYS),
        JobSpec(name=DIGEST, run=send_digest, delays=DELAYS),
        JobSpec(name=TIDY, run=tidy, every=timedelta(hours=1)),
    ]


def hear(event: JournalEvent) -> None:
    """Write the notices of *event*, all or none."""
    with unit_of_work() as session:
        write_notices(session, event)


def follow(event: JournalEvent) -> None:
    """Keep notices of a change of status on the statuses that took the place of the chosen ones (OK-184)."""
    with unit_of_work() as session:
        follow_statuses(session, event.after.get("map") or {})


def send(job: JobRun) -> None:
    """Send one notice; the message has the same name at every attempt, so that a second one is known for the first."""
    with reading() as session:
        notice = session.get(Notice, int(job.payload["notice"]))
        if notice is None or notice.sent_at is not None:
            return
        letter = letter_of(session, notice)
    _deliver([notice], letter, job)


def send_digest(job: JobRun) -> None:
    """Send what was gathered for one recipient up to the end of the slot."""
    until = datetime.fromisoformat(job.payload["until"])
    waiting = (
        select(Notice)
        .where(
            Notice.recipient == job.payload["recipient"],
            Notice.channel == job.payload["channel"],
            Notice.gathered.is_(True),
            Notice.sent_at.is_(None),
            Notice.created_at < until,
        )
        .order_by(Notice.id)
        .limit(_DIGEST_LIMIT)
    )
    with reading() as session:
        found = list(session.scalars(waiting))
        letters = [(notice, letter_of(session, notice)) for notice in found]
        told = [(notice, letter) for notice, letter in letters if letter is not None]
        letter = digest_of(session, told) if told else None
    if found:
        _deliver(found, letter, job)


def _deliver(notices: list[Notice], letter: Letter | None, job: JobRun) -> None:
    """Send *letter*, outside any transaction, and note how that ended; without one there was nothing left to tell."""
    first, ids = notices[0], [notice.id for notice in notices]
    channel = channels().get(first.channel)
    if channel is None:
        with unit_of_work() as session:
            _note(session, ids, error="the channel is not there any more")
        return
    if letter is not None:
        message = Message(
            key=job.key,
            ticket_id=first.ticket_id if len(ids) == 1 else 0,
            to=first.address,
            to_name=first.name,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            recipient=first.recipient,
            internal=letter.internal,
        )
        try:
            channel.send(message)
        except Exception as error:
            if isinstance(error, Rejected) or job.attempt > len(DELAYS):
                with unit_of_work() as session:
                    _note(session, ids, error=str(error) or type(error).__name__)
            raise
    with unit_of_work() as session:
        _note(session, ids)


def _note(session: Session, ids: list[int], error: str = "") -> None:
    values = {"error": error[:500]} if error else {"sent_at": utcnow(), "error": ""}
    session.execute(update(Notice).where(Notice.id.in_(ids)).values(**values))


def tidy(job: JobRun) -> None:
    """Forget notices of long ago, and ask for digests that nobody asked for any more."""
    now = utcnow()
    with unit_of_work() as session:
        session.execute(delete(Notice).where(Notice.created_at < now - _KEPT))
        stranded = select(Notice.recipient, Notice.channel).where(
            Notice.gathered.is_(True),
            Notice.sent_at.is_(None),
            Notice.error == "",
            Notice.created_at < now - timedelta(hours=1),
        )
        for recipient, channel in session.execute(stranded.distinct()).all():
            gather(session, recipient, channel, now)
