"""Pages by key: each page begins after a row, not at a number, so a deep page costs what the first one costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, and_, or_
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """What a list is ordered by: an expression that is never null; the id always follows to make it exact."""

    expression: SQLColumnExpression[Any]
    kind: type[datetime] | type[int] | type[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The row where a page ends, and whether the page lies before or after it."""

    value: datetime | int | str
    row_id: int
    backwards: bool

    def encode(self) -> str:
        """An opaque text for a URL."""
        value = self.value.astimezone(UTC).isoformat() if isinstance(self.value, datetime) else self.value
        packed = json.dumps([int(self.backwards), value, self.row_id], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, kind: type[datetime] | type[int] | type[str]) -> Cursor | None:
        """The cursor in *text*; ``None`` for one that was tampered with or belongs to another order."""
        if len(text) > 1200:
            return None
        try:
            packed = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
            backwards, value, row_id = packed
            if kind is datetime:
                value = datetime.fromisoformat(value)
                if value.tzinfo is None:
                    return None
            if not isinstance(value, kind) or isinstance(value, bool) or isinstance(row_id, bool):
                return None
            in_range = isinstance(row_id, int) and 0 <= row_id < 2**62
            if not in_range or (isinstance(value, int) and abs(value) >= 2**62) or "\x00" in str(value):
                return None
        except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError):
            return None
        return cls(value=value, row_id=row_id, backwards=bool(backwards))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The rows of one page and the cursors of its neighbours, where there are any."""

    rows: Sequence[Row[Any]]
    next_cursor: str | None
    previous_cursor: str | None


def fetch_page(
    session: Session,
    statement: Select[Any],
    *,
    key: SortKey,
    row_id: SQLColumnExpression[int],
    descending: bool,
    cursor: str | None,
    size: int,
) -> Page:
    """One page of *statement*, which must not be ordered; it gets the labels ``sort_value`` and ``sort_id``.

    A cursor that cannot be read starts at the first page.
    """
    start = Cursor.decode(cursor, key.kind) if cursor else None
    backwards = start is not None and start.backwards
    down = descending != backwards
    statement = statement.add_columns(key.expression.label("sort_value"), row_id.label("sort_id"))
    if start is not None:
        statement = statement.where(_beyond(key.expression, row_id, start, down))
    order = (key.expression.desc(), row_id.desc()) if down else (key.expression.asc(), row_id.asc())
    rows = list(session.execute(statement.order_by(*order).limit(size + 1)).all())
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (more or backwards)
    has_previous = bool(rows) and (more if backwards else start is not None)
    return Page(
        rows=rows,
        next_cursor=_cursor_of(rows[-1], backwards=False) if has_next else None,
        previous_cursor=_cursor_of(rows[0], backwards=True) if has_previous else None,
    )


def _beyond(
    expression: SQLColumnExpression[Any], row_id: SQLColumnExpression[int], at: Cursor, down: bool
) -> ColumnElement[bool]:
    # The first condition alone lets the database seek in the index; the second cuts the rows of equal value.
    if down:
        return and_(expression <= at.value, or_(expression < at.value, row_id < at.row_id))
    return and_(expression >= at.value, or_(expression > at.value, row_id > at.row_id))


def _cursor_of(row: Row[Any], *, backwards: bool) -> str:
    return Cursor(value=row.sort_value, row_id=row.sort_id, backwards=backwards).encode()
