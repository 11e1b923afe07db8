"""Mails as programs write them, made by hand."""

from __future__ import annotations

import base64
import io
import quopri
from email.header import Header

from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.inbound.models import SETTLED, InboundMail
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.models import Comment

OURS = "helpdesk@localhost"


def mail(
    text: str = "It works again.",
    *,
    sender: str = "Chandra Customer <chandra@customer.test>",
    subject: str = "Till prints nothing",
    charset: str = "utf-8",
    message_id: str | None = "<one@customer.test>",
    headers: str = "",
) -> bytes:
    """A plain mail; *headers* are further lines."""
    name = f"Message-ID: {message_id}\n" if message_id else ""
    shown = subject if subject.isascii() else Header(subject, charset).encode()
    head = (
        f"From: {sender}\nTo: {OURS}\nSubject: {shown}\n{name}Date: Mon, 30 Nov 2026 10:15:00 +0800\n{headers}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return head.encode(charset if charset.startswith("utf") else "ascii") + text.encode(charset)


def printable(text: str, charset: str) -> str:
    """*text* as quoted-printable."""
    return quopri.encodestring(text.encode(charset)).decode("ascii")


def encoded(data: bytes) -> str:
    """*data* as base64 in lines."""
    return base64.encodebytes(data).decode("ascii")


def mail_of(comment_id: int, raw: bytes) -> int:
    """Say that a comment came by the mail *raw*; returns the mail's id."""
    file = storage().store(io.BytesIO(raw), name="mail.eml", content_type="message/rfc822", limit=10**6)
    with unit_of_work() as session:
        ticket_id = session.get_one(Comment, comment_id).ticket_id
        row = InboundMail(received_at=utcnow(), size=file.size, raw_sha256=file.sha256, state=SETTLED,
                          stored_name=file.stored_name, ticket_id=ticket_id, comment_id=comment_id)  # fmt: skip
        session.add(row)
        session.flush()
        return row.id
