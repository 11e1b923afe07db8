"""The first half of receiving: a mail is stored as it came, before anything is made of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.turns import take_turns
from helpdesk_core.db.types import utcnow
from helpdesk_core.inbound.fingerprints import identity_of
from helpdesk_core.inbound.models import InboundMail
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.models import Attachment

#: Larger mails are refused, which tells their sender.
LARGEST: Final = 256 * 1024 * 1024
#: The names of our files begin so: one that no row names was left by a process that died.
PREFIX: Final = "mail"
_GRACE: Final = timedelta(hours=1)


class NoMail(Rejected):
    """There is nothing to be stored."""


def keep_mail(stream: BinaryIO) -> tuple[int, bool]:
    """Store the mail of *stream* and return the id of its row, and whether it is a new one.

    Nothing is left where it could not be stored. Raises ``TooLarge`` or ``NoMail`` for what is no mail, and
    ``TryLater`` or ``OSError`` where it may be stored later.
    """
    stored = storage().store(stream, name="mail.eml", content_type="message/rfc822", limit=LARGEST, prefix=PREFIX)
    try:
        if not stored.size:
            raise NoMail(message("there is no mail on standard input"))
        with storage().open(stored.stored_name) as file:
            identity = identity_of(file)
        with unit_of_work() as session:
            take_turns(session, "inbound.mail", identity or stored.sha256)
            known = _known(session, stored.sha256, identity)
            if known is None:
                row = InboundMail(
                    received_at=utcnow(),
                    size=stored.size,
                    raw_sha256=stored.sha256,
                    identity=identity,
                    stored_name=stored.stored_name,
                )
                session.add(row)
                session.flush()
    except BaseException:
        storage().delete(stored.stored_name)
        raise
    if known is not None:
        storage().delete(stored.stored_name)
        return known, False
    return row.id, True


def _known(session: Session, sha256: str, identity: str | None) -> int | None:
    same = [InboundMail.raw_sha256 == sha256]
    if identity is not None:
        same.append(InboundMail.identity == identity)
    return session.scalar(select(InboundMail.id).where(or_(*same)).order_by(InboundMail.id).limit(1))


def read_mail(stored_name: str, *, most: int) -> bytes:
    """The first *most* bytes of a stored mail; raises ``NotFound`` where the file is gone."""
    with storage().open(stored_name) as file:
        return file.read(most)


def remove_strays() -> int:
    """Remove files of mails that no row names, an hour after they were written; how many."""
    old = utcnow() - _GRACE
    names = {path.name: path for path in storage().paths(PREFIX) if _written_before(path, old.timestamp())}
    if not names:
        return 0
    with reading() as session:
        named = set(session.scalars(select(InboundMail.stored_name).where(InboundMail.stored_name.in_(names))))
        named |= set(session.scalars(select(Attachment.stored_name).where(Attachment.stored_name.in_(names))))
    strays = names.keys() - named
    for name in strays:
        storage().delete(name)
    return len(strays)


def _written_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False
