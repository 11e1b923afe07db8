"""The plugin's tables: its own, named after it, and never in the way of the core's rows."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import configure_mappers

from helpdesk_core.db.base import CORE, Model, metadata
from helpdesk_core.db.types import UtcDateTime
from helpdesk_core.testing.conformance.stage import Stage


def _modules(stage: Stage) -> list[ModuleType]:
    prefix = f"{stage.package}."
    return [module for name, module in sorted(sys.modules.items()) if name == stage.package or name.startswith(prefix)]


def _tables(stage: Stage) -> list[Table]:
    """Every table that the plugin's modules define, also those in a metadata of their own."""
    found: dict[int, Table] = {}
    for module in _modules(stage):
        for value in vars(module).values():
            table: object = None
            if isinstance(value, Table):
                table = value
            elif isinstance(value, type) and value.__module__.startswith(stage.package):
                table = getattr(value, "__table__", None)
            if isinstance(table, Table):
                found[id(table)] = table
    return sorted(found.values(), key=lambda table: table.name)


def tables_have_an_owner(stage: Stage) -> Iterator[str]:
    """Each table stands in the core's metadata, belongs to the plugin and carries its name."""
    _ = stage.runtime
    for table in _tables(stage):
        if table.metadata is not metadata or table.info.get("owner") != stage.name:
            yield (
                f"table {table.name}: has no owner, so no migration watches it and purging leaves it. Make it a "
                "class below "
                f'`class Base(PluginModel, plugin="{stage.name}")`.'
            )
        elif not table.name.startswith(f"{stage.name}_"):
            yield f"table {table.name}: must be named {stage.name}_<x>, so that it cannot be taken for another's."


def foreign_keys_let_core_rows_go(stage: Stage) -> Iterator[str]:
    """A disabled plugin never stops a core row from being deleted: ``CASCADE`` or ``SET NULL``."""
    _ = stage.runtime
    allowed = {stage.name, *stage.manifest.requires}
    for table in _tables(stage):
        for key in table.foreign_keys:
            target = metadata.tables.get(key.target_fullname.rpartition(".")[0])
            owner = target.info.get("owner") if target is not None else None
            if owner == CORE and (key.ondelete or "").upper() not in ("CASCADE", "SET NULL"):
                yield (
                    f"{table.name}.{key.parent.name}: would stop {key.target_fullname} from being deleted while the "
                    "plugin is "
                    'off. Write ForeignKey(..., ondelete="CASCADE"), or "SET NULL" with a nullable column.'
                )
            elif owner == CORE and (key.ondelete or "").upper() == "SET NULL" and not key.parent.nullable:
                yield f"{table.name}.{key.parent.name}: SET NULL needs a nullable column: Mapped[int | None]."
            elif owner not in (CORE, None) and owner not in allowed:
                yield f"{table.name}.{key.parent.name}: points to a table of {owner}. Name {owner} in `requires`."


def moments_have_a_zone(stage: Stage) -> Iterator[str]:
    """Moments are stored in UTC and come back aware: ``UtcDateTime``."""
    _ = stage.runtime
    for table in _tables(stage):
        for column in table.columns:
            if isinstance(column.type, sa.DateTime) and not isinstance(column.type, UtcDateTime):
                yield (
                    f"{table.name}.{column.name}: a plain DateTime loses the time zone. Use "
                    "mapped_column(UtcDateTime) from the "
                    "toolkit, and utcnow() for now."
                )


def core_mappers_stay_as_they_are(stage: Stage) -> Iterator[str]:
    """Nothing of the plugin hangs on a mapper of the core, once everything is configured."""
    _ = stage.runtime
    configure_mappers()
    for mapper in Model.registry.mappers:
        for relation in mapper.relationships:
            if relation.mapper.class_.__module__.startswith(stage.package):
                yield (
                    f"{mapper.class_.__name__}.{relation.key}: is a relationship of this plugin on a model of the "
                    "core. Take "
                    "the backref away and ask by the foreign key."
                )
        for listener in _listeners(mapper):
            if listener.startswith(stage.package):
                yield (
                    f"{mapper.class_.__name__}: {listener} listens to a model of the core. Implement the hook that "
                    "fits instead."
                )
        local = mapper.local_table
        for column in local.columns if isinstance(local, Table) else ():
            if column.name.startswith(f"{stage.name}_"):
                yield (
                    f"{local}.{column.name}: is a column of this plugin in a table of the core. Keep it in a table "
                    "of its own."
                )


def _listeners(mapper: Any) -> Iterator[str]:
    for dispatch in (mapper.dispatch, mapper.class_manager.dispatch):
        for name in dispatch._event_names:
            for function in getattr(dispatch, name):
                yield from _named(function)


def _named(function: Any, depth: int = 3) -> Iterator[str]:
    """The function's full name, and those of the functions it was wrapped around."""
    yield f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
    if depth and inspect.isfunction(function):
        for inner in inspect.getclosurevars(function).nonlocals.values():
            if inspect.isfunction(inner):
                yield from _named(inner, depth - 1)
