"""The second half of receiving: a kept mail becomes a comment or a ticket, or says why not."""

from __future__ import annotations

from typing import Any, Final

import structlog
from sqlalchemy import select, update

from helpdesk_core.contract.errors import HelpdeskError, NotFound, TryLater
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.inbound.contents import taken_files
from helpdesk_core.inbound.keeping import read_mail
from helpdesk_core.inbound.models import HELD, IGNORED, KEPT, SETTLED, InboundMail
from helpdesk_core.inbound.parsing import ParsedMail, parse_mail
from helpdesk_core.inbound.placing import place_mail
from helpdesk_core.inbound.robots import Author
from helpdesk_core.mail.message import one_line
from helpdesk_core.storage.local import storage

_log = structlog.get_logger(__name__)
#: So much of a mail is read, and so much of one that is larger: its words stand at the beginning.
_MOST: Final = 48 * 1024 * 1024
_BEGINNING: Final = 1024 * 1024
#: How often reading a mail may end the process before it is put aside (F-12).
_ATTEMPTS: Final = 5


class _Taken(HelpdeskError):
    """Another process was faster: nothing of ours is kept."""


def settle_mail(mail_id: int) -> str:
    """Make of a kept or held mail what it is to be, once; returns the state that it is in then.

    Raises ``TryLater`` where it stays kept, to be settled soon. Whatever else stands in the way holds it, with why.
    """
    row = _begin(mail_id)
    if row.state in (SETTLED, IGNORED):
        return row.state
    if row.attempts > _ATTEMPTS:
        return _hold(mail_id, "reading this mail ended the process more than once")
    mail: ParsedMail | None = None
    try:
        mail = _read(row)
        return _settle(row.id, mail)
    except _Taken:
        return SETTLED
    except TryLater:
        raise
    except HelpdeskError as error:
        return _hold(mail_id, str(error), mail)
    except Exception as error:  # whatever it is, the next mail must not wait for it
        _log.exception("a mail was put aside", mail=mail_id)
        return _hold(mail_id, f"{type(error).__name__}: {error}", mail)


def _begin(mail_id: int) -> InboundMail:
    """The row as it is, with this attempt noted where there is one to come."""
    with unit_of_work() as session:
        row = session.get(InboundMail, mail_id)
        if row is None:
            raise NotFound("mail")
        if row.state in (KEPT, HELD):
            row.attempts += 1
        return row


def _read(row: InboundMail) -> ParsedMail:
    if row.stored_name is None:
        raise NotFound("original mail")
    whole = row.size <= _MOST
    return parse_mail(read_mail(row.stored_name, most=_MOST if whole else _BEGINNING), cut=not whole)


def _about(mail: ParsedMail | None) -> dict[str, Any]:
    """What the row says of a mail that could be read."""
    if mail is None:
        return {}
    subject = one_line(mail.subject, 250)
    return {"sender": mail.address, "subject": subject, "automatic": mail.author is not Author.PERSON}


def _settle(mail_id: int, mail: ParsedMail) -> str:
    with taken_files(mail) as taken, unit_of_work() as session:
        current = session.scalar(select(InboundMail).where(InboundMail.id == mail_id).with_for_update())
        if current is None or current.state not in (KEPT, HELD):
            raise _Taken
        for name, value in _about(mail).items():
            setattr(current, name, value)
        session.flush()
        placed = place_mail(session, current.id, mail, taken)
        current.state, current.why = placed.state, placed.why[:500]
        current.ticket_id, current.comment_id = placed.ticket_id, placed.comment_id
        current.attempts, current.settled_at = 0, utcnow()
    if placed.state == IGNORED:
        for file in taken.files:  # nobody took them over
            storage().delete(file.stored_name)
    return placed.state


def _hold(mail_id: int, why: str, mail: ParsedMail | None = None) -> str:
    with unit_of_work() as session:
        held = {"state": HELD, "why": one_line(why, 500), "attempts": 0, **_about(mail)}
        session.execute(
            update(InboundMail).where(InboundMail.id == mail_id, InboundMail.state.in_((KEPT, HELD))).values(**held)
        )
    return HELD


def unsettled(*, state: str = KEPT, most: int = 1000) -> list[int]:
    """The ids of mails that wait, the oldest first."""
    with reading() as session:
        query = select(InboundMail.id).where(InboundMail.state == state).order_by(InboundMail.id).limit(most)
        return list(session.scalars(query))
