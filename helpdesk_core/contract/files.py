"""A file that lies in the storage and waits for the row that will own it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What the storage knows of a file: the name it came with, its checked type, size in bytes, hash, and our name."""

    name: str
    content_type: str
    size: int
    sha256: str
    stored_name: str
