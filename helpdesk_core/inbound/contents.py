"""Text and files of a mail as a ticket or a comment takes them: within its limits, and what is left out is named."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from helpdesk_core.contract.files import StoredFile
from helpdesk_core.inbound.keeping import PREFIX
from helpdesk_core.inbound.parsing import ParsedMail
from helpdesk_core.inbound.quoting import strip_quotation
from helpdesk_core.mail.message import without_token
from helpdesk_core.settings.registry import upload_limit
from helpdesk_core.storage.local import shown_name, storage
from helpdesk_core.tickets.commands import MAX_FILES, MAX_SUBJECT, MAX_TEXT
from helpdesk_core.ui.formatting import filesize

_NOTES: Final = 4000
_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """The files that were taken over, and those that were not: name and size."""

    files: tuple[StoredFile, ...]
    left: tuple[tuple[str, int], ...]


@contextmanager
def taken_files(mail: ParsedMail) -> Iterator[Taken]:
    """Yield the files of *mail*, stored; an error inside the block deletes them."""
    files: list[StoredFile] = []
    left: list[tuple[str, int]] = []
    limit = upload_limit()
    try:
        for name, kind, content in mail.files():
            if mail.cut or len(files) >= MAX_FILES or len(content) > limit:
                left.append((shown_name(name), len(content)))
                continue
            stream = io.BytesIO(content)
            files.append(storage().store(stream, name=name, content_type=kind, limit=limit, prefix=PREFIX))
        yield Taken(tuple(files), tuple(left))
    except BaseException:
        for file in files:
            storage().delete(file.stored_name)
        raise


def subject_of(mail: ParsedMail) -> str:
    """The subject of a new ticket; an answer's mark does not lead the next answer astray."""
    return without_token(mail.subject)[:MAX_SUBJECT].strip() or _("(no subject)")


def text_of(mail: ParsedMail, taken: Taken, *, answer: bool) -> str:
    """The words of *mail*, of an *answer* without what it answers to, with a note of what was left out."""
    text = strip_quotation(mail.text) if answer else mail.text.strip()
    notes: list[str] = []
    if len(text) > MAX_TEXT - _NOTES:
        text = text[: MAX_TEXT - _NOTES]
        notes.append(_("The text was longer: all of it stands in the original mail."))
    if mail.cut:
        notes.append(_("The mail is too large to be read whole: all of it stands in the original mail."))
    if taken.left:
        names = "\n".join(f"- {_literal(name)} ({filesize(size)})" for name, size in taken.left[:_NAMED])
        notes.append(_("Files that stayed in the original mail:") + f"\n{names}")
    if answer and not text and not taken.files and not notes:
        notes.append(_("(no text)"))
    return "\n\n".join(part for part in (text, *notes) if part)


def _literal(name: str) -> str:
    """*name* so that Markdown draws it as it is."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+-!|~" else sign for sign in name[:120])
