"""The link in a mail by which a customer has the last word about a ticket, without signing in (UR-08, OK-042).

It names the ticket and the contact, is signed, and ends; it can be used as often as he likes, for what it does is asked
of the ticket as it then stands. Nothing is stored, and the same day gives the same link, however often a mail is tried.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from helpdesk_core.db.types import utcnow

#: For how long a link works.
LIFETIME: Final = timedelta(days=30)
_LONGEST: Final = 200
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class LastWordLink:
    """Whom a link speaks for, about which ticket, and until when."""

    ticket_id: int
    contact_id: int
    ends_at: datetime

    @property
    def over(self) -> bool:
        """Whether it works no longer."""
        return utcnow() >= self.ends_at


def last_word_token(ticket_id: int, contact_id: int) -> str:
    """What the link carries: it ends with the day that is ``LIFETIME`` away."""
    last_day = int((utcnow() + LIFETIME).timestamp()) // _DAY
    return str(_signer().dumps([ticket_id, contact_id, last_day]))


def read_last_word(token: str) -> LastWordLink | None:
    """What *token* says, be it over or not; ``None`` where we did not write it."""
    if len(token) > _LONGEST:
        return None
    try:
        ticket_id, contact_id, last_day = _signer().loads(token)
        return LastWordLink(ticket_id, contact_id, datetime.fromtimestamp((last_day + 1) * _DAY, UTC))
    except (BadSignature, ValueError, TypeError, OverflowError):
        return None


def _signer() -> URLSafeSerializer:
    secret = str(current_app.config["SECRET_KEY"])
    return URLSafeSerializer(secret, salt="helpdesk.last-word", signer_kwargs={"digest_method": hashlib.sha256})
