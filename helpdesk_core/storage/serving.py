"""Stored files on their way to a browser: none of them can run anything there (T-05)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Response
from werkzeug.http import dump_options_header
from werkzeug.utils import secure_filename

from helpdesk_core.storage.local import storage

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


def file_response(stored_name: str, *, name: str, content_type: str, size: int) -> Response:
    """Stream a stored file, pictures to be drawn and everything else to be saved; raises ``NotFound`` where it is gone.

    The headers keep a browser from running, guessing at or caching it. Whether the reader may have the file is the
    caller's question, asked before.
    """
    stream = storage().open(stored_name)
    start = stream.read(16)
    picture = raster_type(start)
    kind = picture or (content_type if content_type in _HARMLESS else _BINARY)
    response = Response(_chunks(stream, start), mimetype=kind)
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
