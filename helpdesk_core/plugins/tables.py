"""The tables of plugins as the database holds them, known by their names, so that nothing has to be imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, inspect, text
from sqlalchemy.exc import OperationalError

from helpdesk_core.db.base import CORE, metadata

VERSION_PREFIX = "helpdesk_version_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the database holds of one plugin: its tables, and their bytes with indexes where that can be told."""

    tables: tuple[str, ...] = ()
    size: int | None = None


def plugins_with_tables(connection: Connection) -> set[str]:
    """Return the names of the plugins that were migrated here, by their version tables."""
    found = (name.removeprefix(VERSION_PREFIX) for name in _table_names(connection) if name.startswith(VERSION_PREFIX))
    return {name for name in found if name != CORE}


def tables_of(connection: Connection, plugin: str) -> tuple[str, ...]:
    """Return the tables that carry the name of *plugin*."""
    return _tables_by_plugin(connection, [plugin])[plugin]


def stored_by(connection: Connection, plugins: Iterable[str]) -> dict[str, Stored]:
    """Return what the database holds of each of *plugins*: two or three queries, however many there are."""
    tables = _tables_by_plugin(connection, plugins)
    sizes = _sizes(connection, [name for names in tables.values() for name in names])
    return {
        plugin: Stored(tables=names, size=None if sizes is None else sum(sizes.get(name, 0) for name in names))
        for plugin, names in tables.items()
    }


def _table_names(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def _tables_by_plugin(connection: Connection, plugins: Iterable[str]) -> dict[str, tuple[str, ...]]:
    core = {name for name, table in metadata.tables.items() if table.info.get("owner") == CORE}
    names = [name for name in sorted(_table_names(connection)) if name not in core]
    # No plugin's name begins with another's, so the prefix decides.
    return {plugin: tuple(name for name in names if name.startswith(f"{plugin}_")) for plugin in plugins}


def _sizes(connection: Connection, tables: list[str]) -> Mapping[str, int] | None:
    if not tables:
        return {}
    if connection.dialect.name == "postgresql":
        statement = text(
            "SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class c"
            " WHERE c.relnamespace = current_schema()::regnamespace AND c.relname IN :names"
        )
        rows = connection.execute(statement.bindparams(bindparam("names", tables, expanding=True)))
        return {row[0]: row[1] for row in rows}
    parts = text("SELECT name, tbl_name FROM sqlite_master WHERE tbl_name IN :names")
    listed = connection.execute(parts.bindparams(bindparam("names", tables, expanding=True)))
    owners: dict[str, str] = {row[0]: row[1] for row in listed}
    pages = text("SELECT name, sum(pgsize) FROM dbstat WHERE name IN :names GROUP BY name")
    try:
        found = connection.execute(pages.bindparams(bindparam("names", list(owners), expanding=True))).all()
    except OperationalError:
        return None  # this SQLite was built without dbstat
    sizes: dict[str, int] = {}
    for name, size in found:
        sizes[owners[name]] = sizes.get(owners[name], 0) + size
    return sizes
