"""Attachments: sent so that no browser runs them (T-05), and only to those who see the comment (T-08, T-09)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response, g
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.http import dump_options_header
from werkzeug.utils import secure_filename

from helpdesk_core.access.policy import can, visible
from helpdesk_core.contract.actor import ActorKind
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import reading
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.blueprint import bp
from helpdesk_core.tickets.models import Attachment, Ticket
from helpdesk_core.ui.guard import signed_in

_CHUNK = 64 * 1024
#: The first bytes of the pictures that may be drawn: what a file says of itself does not count.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_BINARY = "application/octet-stream"
_HARMLESS = frozenset({"application/pdf", "application/zip", "text/plain", "text/csv"})


def raster_type(start: bytes) -> str | None:
    """The kind of picture these first bytes belong to; ``None`` for everything else."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES if start.startswith(signature)), None)


@bp.get("/attachments/<int:attachment_id>")
@signed_in
def attachment(attachment_id: int) -> ResponseReturnValue:
    """The file, where the reader sees what it hangs on; 404 for everybody else."""
    with reading() as session:
        query: Any = select(Attachment, Ticket).join(Ticket, Ticket.id == Attachment.ticket_id)
        row = session.execute(visible(query.where(Attachment.id == attachment_id), g.actor)).first()
        if row is None:
            raise NotFound("attachment")
        file, ticket = row[0], row[1]
        hidden = g.actor.kind is ActorKind.CONTACT or not can(g.actor, "core:ticket:read_internal", ticket)
        if file.internal and hidden:
            raise NotFound("attachment")
        name, stored_name, declared, size = file.name, file.stored_name, file.content_type, file.size
    stream = storage().open(stored_name)
    start = stream.read(16)
    picture = raster_type(start)
    response = Response(_chunks(stream, start), mimetype=picture or (declared if declared in _HARMLESS else _BINARY))
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = _disposition("inline" if picture else "attachment", name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    response.call_on_close(stream.close)
    return response


def _chunks(stream: BinaryIO, start: bytes) -> Iterator[bytes]:
    with stream:
        yield start
        while chunk := stream.read(_CHUNK):
            yield chunk


def _disposition(kind: str, name: str) -> str:
    plain = secure_filename(name) or "file"
    return dump_options_header(kind, {"filename": plain}) + f"; filename*=UTF-8''{_percent(name)}"


def _percent(name: str) -> str:
    return quote(name.replace("\r", "").replace("\n", ""), safe="")
