"""The declarative bases: one metadata, one registry for the core and one for each plugin."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, registry

CORE = "core"

# Batch migrations on SQLite can only drop a constraint that has a name.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING_CONVENTION)


def _own_table(cls: type[Any], owner: str) -> None:
    table = cls.__dict__.get("__table__")
    if table is not None:
        table.info["owner"] = owner


class Model(DeclarativeBase):
    """Base of every core model.

    ``__reference__ = True`` marks a small table whose rows are cached by every process
    (see ``db.reference``): a flush that touches it makes the caches stale.
    """

    metadata = metadata
    __reference__: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _own_table(cls, CORE)


class PluginModel(DeclarativeBase):
    """What a plugin makes its own base from, once: ``class Base(PluginModel, plugin="visit_log")``.

    Each such base has a registry of its own over the core's metadata: one plugin's broken mapper then breaks neither
    the core nor another plugin, while foreign keys may name core tables. Every table below it belongs to the plugin
    and must begin with ``<plugin>_``; any other name raises ``ValueError``, and so does a model that stands below no
    plugin's base.
    """

    __abstract__ = True
    metadata = metadata
    __reference__: ClassVar[bool] = False
    __plugin__: ClassVar[str] = ""

    def __init_subclass__(cls, *, plugin: str = "", **kwargs: Any) -> None:
        if plugin:
            cls.__abstract__ = True
            cls.__plugin__ = plugin
            # A registry of the class itself: without it every plugin's models would share this one's.
            cls.registry = cls._sa_registry = registry(metadata=metadata)
        super().__init_subclass__(**kwargs)
        owner = cls.__plugin__
        table = cls.__dict__.get("__table__")
        if table is None:
            return
        if not owner:
            raise ValueError(f"table {table.name!r} has no owner: derive from class Base(PluginModel, plugin=...)")
        if not table.name.startswith(f"{owner}_"):
            raise ValueError(f"table {table.name!r} of plugin {owner!r} must begin with {owner + '_'!r}")
        _own_table(cls, owner)
