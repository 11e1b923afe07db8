"""Two writers that must not pass each other: taking turns, and rows that several of them may want to add."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from helpdesk_core.db.base import Model


def take_turns(session: Session, *key: object) -> None:
    """Go on when no other transaction that named the same *key* is open; the next one waits until this one ends.

    For a rule over rows that are not there yet, such as a name that may exist once: what is asked after this line
    holds until the commit (T-60). SQLite lets one writer in at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest, "big", signed=True))))


def add_missing(session: Session, model: type[Model], rows: Sequence[Mapping[str, Any]], *, unique: str) -> None:
    """Add those of *rows* whose value of the column *unique* is not there yet, whoever adds it first."""
    if not rows:
        return
    # All writers go in the same order, so that no two of them wait for each other.
    ordered = sorted(rows, key=lambda row: str(row[unique]))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(model).values(ordered).on_conflict_do_nothing(index_elements=[unique]))
    else:
        session.execute(sqlite.insert(model).values(ordered).on_conflict_do_nothing(index_elements=[unique]))
