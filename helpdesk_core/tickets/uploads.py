"""Files that came with a form: stored before the transaction, taken away again when it fails.

Where the process dies in between, a job takes them away a day later (F-01).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO, Final, cast

from sqlalchemy import ColumnClause, column, inspect, select
from sqlalchemy import table as sql_table
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from helpdesk_core.contract.errors import TooLarge
from helpdesk_core.contract.files import StoredFile
from helpdesk_core.contract.specs import JobRun, JobSpec
from helpdesk_core.db.session import reading
from helpdesk_core.db.types import utcnow
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.card import file_limit
from helpdesk_core.tickets.commands import MAX_FILES

#: No request takes so long: what is older was left by a process that died.
_GRACE: Final = timedelta(days=1)
_AT_ONCE: Final = 500
_COLUMN: Final = "stored_name"


@contextmanager
def received(files: Iterable[FileStorage]) -> Iterator[tuple[StoredFile, ...]]:
    """Yield the stored files; an error inside the block deletes them, so that no orphan stays behind.

    The block ends with the commit. Keep their names in a column called ``stored_name``: by it the files of a process
    that died are told from those that are owned.
    """
    sent = [file for file in files if file.filename]
    if len(sent) > MAX_FILES:
        raise TooLarge("files", limit=MAX_FILES)
    stored: list[StoredFile] = []
    try:
        for file in sent:
            name = (file.filename or "file").replace("\x00", "")
            kind = file.content_type or "application/octet-stream"
            stream = cast(BinaryIO, file.stream)
            stored.append(storage().store(stream, name=name, content_type=kind, limit=file_limit(), pending=True))
        yield tuple(stored)
    except BaseException:
        discard(file.stored_name for file in stored)
        raise
    for one in stored:
        storage().settle(one.stored_name)


def discard(stored_names: Iterable[str]) -> None:
    """Delete stored files that no row owns any more."""
    for name in stored_names:
        storage().delete(name)


def upload_jobs() -> list[JobSpec]:
    """The one job of this room."""
    return [JobSpec(name="tickets.abandoned_uploads", run=_remove_abandoned, every=timedelta(hours=1))]


def _remove_abandoned(_job: JobRun) -> None:
    names = set(storage().pending_since(utcnow() - _GRACE, most=_AT_ONCE))
    if not names:
        return
    with reading() as session:
        owned = names & _owned(session, names)
    discard(names - owned)
    for name in owned:
        storage().settle(name)


def _owned(session: Session, names: Collection[str]) -> set[str]:
    """Which of *names* a row holds: of any table here, also a plugin's that is disabled and unknown to this process."""
    known = inspect(session.connection())
    owned: set[str] = set()
    for table in known.get_table_names():
        if any(one["name"] == _COLUMN for one in known.get_columns(table)):
            stored: ColumnClause[str] = column(_COLUMN)
            owned.update(session.scalars(select(stored).select_from(sql_table(table)).where(stored.in_(names))))
    return owned
