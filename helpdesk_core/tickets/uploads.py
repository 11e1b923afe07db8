"""Files that came with a form: stored before the transaction, taken away again when it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from werkzeug.datastructures import FileStorage

from helpdesk_core.contract.errors import TooLarge
from helpdesk_core.contract.files import StoredFile
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.card import file_limit
from helpdesk_core.tickets.commands import MAX_FILES


@contextmanager
def received(files: Iterable[FileStorage]) -> Iterator[tuple[StoredFile, ...]]:
    """Yield the stored files; an error inside the block deletes them, so that no orphan stays behind."""
    sent = [file for file in files if file.filename]
    if len(sent) > MAX_FILES:
        raise TooLarge("files", limit=MAX_FILES)
    stored: list[StoredFile] = []
    try:
        for file in sent:
            name = (file.filename or "file").replace("\x00", "")
            kind = file.content_type or "application/octet-stream"
            stored.append(
                storage().store(cast(BinaryIO, file.stream), name=name, content_type=kind, limit=file_limit())
            )
        yield tuple(stored)
    except BaseException:
        discard(file.stored_name for file in stored)
        raise


def discard(stored_names: Iterable[str]) -> None:
    """Delete stored files that no row owns any more."""
    for name in stored_names:
        storage().delete(name)
