"""Receiving a mail, both halves: what a command and a plugin's channel call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import structlog

from helpdesk_core.inbound.keeping import keep_mail
from helpdesk_core.inbound.models import KEPT
from helpdesk_core.inbound.services import settle_mail

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """A mail that is stored: the id of its row, whether it was new, and the state it is in."""

    id: int
    new: bool
    state: str


def receive_mail(stream: BinaryIO) -> ReceivedMail:
    """Store the mail that *stream* holds, and make of it what it is to be; outside any transaction.

    Once this returns, the mail cannot be lost: what could not be made of it now is made by a job. Raises ``TooLarge``
    or ``Rejected`` for what is no mail; after any other error nothing was stored, and the same may be tried again.
    """
    mail_id, new = keep_mail(stream)
    try:
        state = settle_mail(mail_id)
    except Exception:  # the database went away in between: the mail is stored, and the sweep settles it
        _log.exception("a mail waits to be settled", mail=mail_id)
        state = KEPT
    return ReceivedMail(id=mail_id, new=new, state=state)
