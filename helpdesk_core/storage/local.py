"""Files in a directory, under names of ours: nothing a stranger typed ever becomes a path (T-41)."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from flask import current_app

from helpdesk_core.contract.errors import NotFound, TooLarge
from helpdesk_core.contract.files import StoredFile

_CHUNK = 256 * 1024
_FALLBACK_NAME = "file"


class LocalStorage:
    """A directory of files, spread over subdirectories by the first two signs of their names."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def store(self, stream: BinaryIO, *, name: str, content_type: str, limit: int, prefix: str = "",
              pending: bool = False) -> StoredFile:  # fmt: skip
        """Write *stream* to disk piece by piece; raises ``TooLarge`` past *limit* bytes and then keeps nothing.

        The file is on the disk before this returns, so a row written afterwards never points to half a file. *prefix*
        begins our name of it: whoever stores files finds his own again by ``paths``. A *pending* one is noted as such
        until ``settle()`` or ``delete()``: a process that dies leaves the note.
        """
        stored_name = prefix + secrets.token_hex(20)
        path = self._path(stored_name)
        if pending:
            self._pending.mkdir(parents=True, exist_ok=True)
            (self._pending / stored_name).touch()
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("xb") as target:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    if size > limit:
                        raise TooLarge(shown_name(name), limit=limit)
                    digest.update(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
        except BaseException:
            self.delete(stored_name)
            raise
        return StoredFile(
            name=shown_name(name),
            content_type=content_type[:120],
            size=size,
            sha256=digest.hexdigest(),
            stored_name=stored_name,
        )

    def open(self, stored_name: str) -> BinaryIO:
        """The file for reading; raises ``NotFound`` when it is gone (F-15)."""
        try:
            return self._path(stored_name).open("rb")
        except FileNotFoundError:
            raise NotFound("file") from None

    def delete(self, stored_name: str) -> None:
        """Remove the file; one that is gone already is fine."""
        self._path(stored_name).unlink(missing_ok=True)
        self.settle(stored_name)

    def settle(self, stored_name: str) -> None:
        """A pending file has its row now."""
        (self._pending / stored_name).unlink(missing_ok=True)

    def pending_since(self, moment: datetime, *, most: int) -> list[str]:
        """The names of files that are pending from before *moment*, *most* at most."""
        if not self._pending.is_dir():
            return []
        old = (path.name for path in self._pending.iterdir() if _touched(path) < moment.timestamp())
        return list(islice(old, most))

    def names(self) -> set[str]:
        """The names of all files, for the health check."""
        return {path.name for path in self.root.glob("??/*") if path.is_file()}

    def paths(self, prefix: str) -> list[Path]:
        """The files whose names begin with *prefix*, two letters or more."""
        return [path for path in self.root.glob(f"{prefix[:2]}/{prefix}*") if path.is_file()]

    @property
    def _pending(self) -> Path:
        return self.root / "pending"

    def _path(self, stored_name: str) -> Path:
        if not stored_name.isalnum():
            raise NotFound("file")
        return self.root / stored_name[:2] / stored_name


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # settled meanwhile
        return float("inf")


def shown_name(name: str) -> str:
    """The name a file came with, without folders and signs that could break a header or a line."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(sign for sign in last if sign.isprintable()).strip(" .")
    return clean[-200:] or _FALLBACK_NAME


def storage() -> LocalStorage:
    """The storage of the current app."""
    return LocalStorage(Path(current_app.config["HELPDESK_DATA_DIR"]) / "attachments")
