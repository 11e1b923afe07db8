"""By what a mail is known again (T-66)."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, Final

from helpdesk_core.inbound.mime import take_apart

_CHUNK: Final = 256 * 1024
#: In so many bytes the headers end, or they are not looked at further.
_HEAD: Final = 256 * 1024


def identity_of(stream: BinaryIO) -> str | None:
    """What stays the same when the mail comes once more by another way: name, sender, date and body.

    None for a mail without a Message-ID, which its bytes alone tell. A mail that borrows the Message-ID of another
    one, with other words, is another mail.
    """
    head = stream.read(_HEAD)
    mime = take_apart(head)
    name = mime.headers.get("message-id").strip()
    if not name:
        return None
    digest = hashlib.sha256()
    for field in (name, mime.headers.get("from"), mime.headers.get("date")):
        digest.update(field.strip().encode("utf-8", "replace") + b"\x00")
    # Line ends differ from one way to another, and so do the blank lines at the end of what a pipe was given.
    body = _Body(digest)
    body.add(head[mime.body_at :])
    while piece := stream.read(_CHUNK):
        body.add(piece)
    return digest.hexdigest()


class _Body:
    """Feeds a digest with the lines of a body as if all of them ended with ``\\n``, and none were empty at the end."""

    def __init__(self, digest: hashlib._Hash) -> None:
        self._digest = digest
        self._ends = 0

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        plain = piece.replace(b"\r", b"")
        kept = plain.rstrip(b"\n")
        if kept:
            self._digest.update(b"\n" * self._ends + kept)
            self._ends = 0
        self._ends += len(plain) - len(kept)
