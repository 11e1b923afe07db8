"""The original of a mail: its headers to read, its bytes to save. It is never drawn."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue

from helpdesk_core.db.session import reading
from helpdesk_core.inbound.decoding import decode_words
from helpdesk_core.inbound.keeping import read_mail
from helpdesk_core.inbound.mime import take_apart
from helpdesk_core.inbound.models import InboundMail
from helpdesk_core.inbound.queries import original
from helpdesk_core.storage.serving import file_response
from helpdesk_core.ui.guard import guarded

bp = Blueprint("inbound", __name__)

_DESK: Final = "core:desk:use"
_HEADERS: Final = 256 * 1024
_SHOWN: Final = 200
#: What a reader asks for first.
_FIRST: Final = ("from", "to", "cc", "date", "subject")


def _original(mail_id: int) -> InboundMail:
    with reading() as session:
        return original(session, mail_id, actor=g.actor)


@bp.get("/mail/<int:mail_id>")
@guarded(_DESK)
def show_mail(mail_id: int) -> ResponseReturnValue:
    """What the letter's envelope and headers say, for employees."""
    mail = _original(mail_id)
    headers = take_apart(read_mail(mail.stored_name or "", most=_HEADERS)).headers
    rows = [(name, " ".join(decode_words(value).split())) for name, value in headers.fields[:_SHOWN]]
    first = [row for row in rows if row[0] in _FIRST]
    ticket_url = url_for("tickets.card", ticket_id=mail.ticket_id)
    return render_template(
        "core/inbound/original.html", mail=mail, ticket_url=ticket_url, first=sorted(first, key=_place), rows=rows
    )


def _place(row: tuple[str, str]) -> int:
    return _FIRST.index(row[0])


@bp.get("/mail/<int:mail_id>/raw")
@guarded(_DESK)
def raw_mail(mail_id: int) -> ResponseReturnValue:
    """The mail as it came, to be saved."""
    mail = _original(mail_id)
    name = f"mail-{mail.id}.eml"
    return file_response(mail.stored_name or "", name=name, content_type="message/rfc822", size=mail.size)
