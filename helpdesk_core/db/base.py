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


def plugin_base(name: str) -> type[DeclarativeBase]:
    """A declarative base for the plugin *name*: its own registry over the core's metadata.

    A registry of its own keeps one plugin's broken mapper from breaking the core or another plugin;
    the shared metadata lets its foreign keys name core tables. Every table must begin with ``<name>_``.
    """

    class PluginModel(DeclarativeBase):
        __abstract__ = True
        __reference__: ClassVar[bool] = False

        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            table = cls.__dict__.get("__table__")
            if table is not None and not table.name.startswith(f"{name}_"):
                raise ValueError(f"table {table.name!r} of plugin {name!r} must begin with {name + '_'!r}")
            _own_table(cls, name)

    return type(
        f"{name.title().replace('_', '')}Base",
        (PluginModel,),
        {"__abstract__": True, "metadata": metadata, "registry": registry(metadata=metadata)},
    )
