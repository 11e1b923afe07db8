"""Inventing rows for tables that nobody told us anything about but their columns."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Table, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from helpdesk_core.db.base import metadata
from helpdesk_core.db.types import utcnow


class CannotFill(ValueError):
    """The database refuses the rows that were invented: the plugin's own ``fill`` must make them."""


def tables_of(plugin: str) -> list[Table]:
    """The tables that *plugin* owns, those that others point to first."""
    return [table for table in metadata.sorted_tables if table.info.get("owner") == plugin]


def fill_tables(session: Session, plugin: str, tickets: Sequence[int], count: int) -> None:
    """Add up to *count* rows to each table of *plugin*; a row that points to tickets takes them in turn.

    Raises ``CannotFill`` where the database refuses what was invented.
    """
    pools: dict[str, list[Any]] = {"ticket.id": list(tickets)}
    for table in tables_of(plugin):
        rows = _new_rows(session, table, pools, count)
        if not rows:
            continue
        try:
            with session.begin_nested():
                session.execute(insert(table), rows)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            raise CannotFill(
                f"{table.name}: {reason}. Give the test class a method "
                "`def fill(self, session, tickets, count)` that adds rows which the table's rules allow."
            ) from error


def _left_out(column: Column[Any]) -> bool:
    if column.computed is not None or column.identity is not None:
        return True
    generated = column.primary_key and not column.foreign_keys and isinstance(column.type, sa.Integer)
    optional = bool(column.nullable) and not column.foreign_keys and not isinstance(column.type, sa.String)
    return generated or optional


def _new_rows(session: Session, table: Table, pools: dict[str, list[Any]], count: int) -> list[dict[str, Any]]:
    """Up to *count* rows; fewer where a unique key made of pointers alone leaves no room for more."""
    columns = [column for column in table.columns if not _left_out(column)]
    narrow = [key for key in _unique_keys(table) if all(_has_few_values(column) for column in key)]
    taken = [{tuple(row) for row in session.execute(select(*key))} for key in narrow]
    rows: list[dict[str, Any]] = []
    serial = uuid.uuid4().int % 10**6
    for index in range(count + max((len(keys) for keys in taken), default=0)):
        row = {column.name: _value(session, column, pools, index, serial + index) for column in columns}
        keys = [tuple(row.get(column.name) for column in key) for key in narrow]
        if any(key in there for key, there in zip(keys, taken, strict=True)):
            continue
        for key, there in zip(keys, taken, strict=True):
            there.add(key)
        rows.append(row)
    return rows[:count]


def _unique_keys(table: Table) -> list[list[Column[Any]]]:
    keys: list[list[Column[Any]]] = [list(table.primary_key.columns)]
    keys += [list(one.columns) for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    keys += [list(index.columns) for index in table.indexes if index.unique]
    keys += [[column] for column in table.columns if column.unique]
    return [key for key in keys if key]


def _is_in_a_key(column: Column[Any]) -> bool:
    return any(column is one for key in _unique_keys(column.table) for one in key)


def _has_few_values(column: Column[Any]) -> bool:
    return bool(column.foreign_keys) or isinstance(column.type, sa.Enum | sa.Boolean)


def _value(session: Session, column: Column[Any], pools: dict[str, list[Any]], index: int, serial: int) -> Any:
    if column.foreign_keys:
        if next(iter(column.foreign_keys)).column.table is column.table:
            return None
        pool = _pool(session, column, pools)
        return pool[index % len(pool)] if pool else None
    return _plain(column, serial)


def _pool(session: Session, column: Column[Any], pools: dict[str, list[Any]]) -> list[Any]:
    target = next(iter(column.foreign_keys)).column
    name = f"{target.table.name}.{target.name}"
    if name not in pools:
        pools[name] = list(session.scalars(select(target).order_by(target).limit(1000)))
    return pools[name]


def _plain(column: Column[Any], serial: int) -> Any:
    kind = column.type.impl if isinstance(column.type, sa.types.TypeDecorator) else column.type
    default = column.default
    if default is not None and default.is_scalar and not _is_in_a_key(column):
        return default.arg  # type: ignore[attr-defined]
    made: dict[type, Any] = {
        sa.Enum: lambda: kind.enums[0],  # type: ignore[union-attr]
        sa.String: lambda: f"{serial} {column.name}"[: kind.length or 200],  # type: ignore[union-attr]
        sa.Boolean: lambda: False,
        sa.Integer: lambda: serial if _is_in_a_key(column) else 1,
        sa.Numeric: lambda: 1,
        sa.DateTime: utcnow,
        sa.Date: date.today,
        sa.Time: lambda: time(9),
        sa.Interval: lambda: datetime.now() - datetime.now(),  # noqa: DTZ005
        sa.JSON: dict,
        sa.Uuid: uuid.uuid4,
        sa.LargeBinary: lambda: b"x",
    }
    for base, make in made.items():
        if isinstance(kind, base):
            return make()
    raise CannotFill(
        f"{column.table.name}.{column.name} is a {kind}, for which no value is invented. Give the test class a method "
        "`def fill(self, session, tickets, count)`."
    )
