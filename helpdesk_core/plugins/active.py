"""Which plugins an app is to load: the database says so once it has been asked to, the configuration before that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from flask import Flask
from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from helpdesk_core.contract.specs import Lineage
from helpdesk_core.db.session import db
from helpdesk_core.plugins.discovery import discover
from helpdesk_core.plugins.manager import enabled_names
from helpdesk_core.plugins.migrations import lineages_of
from helpdesk_core.plugins.models import PluginRow, PluginSet

SAFE_MODE: Final = "HELPDESK_SAFE_MODE"
#: ``app.extensions`` key of the set that the app was made with.
ACTIVE: Final = "helpdesk_active_plugins"
ENABLED: Final = "enabled"

_NOTHING: Final[tuple[int, bool, tuple[str, ...], dict[str, tuple[str, ...]]]] = (0, False, (), {})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSet:
    """The names to load, and where they come from.

    ``enabled`` is what stands in the set, whether it may load or not. ``generation`` counts the changes of the set and
    is ``None`` where the database did not answer; ``initialised`` says that the database rules; ``bound`` is what
    ``HELPDESK_PLUGINS`` allows at most (``None``: anything), and ``barred`` what is enabled but not allowed.
    ``policies`` are the hooks with which each rules access.
    """

    names: tuple[str, ...] = ()
    enabled: tuple[str, ...] = ()
    generation: int | None = 0
    initialised: bool = False
    bound: frozenset[str] | None = None
    barred: tuple[str, ...] = ()
    policies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    safe_mode: bool = False


def is_safe_mode(app: Flask) -> bool:
    """Whether *app* starts without plugins."""
    return str(app.config.get(SAFE_MODE) or "").lower() in ("1", "true", "yes", "on")


def read_active_set(app: Flask, *, safe_mode: bool | None = None) -> ActiveSet:
    """Ask the database of *app* once which plugins it runs; it may not be migrated, or not exist, yet.

    *safe_mode* is the app's own where it is not given.
    """
    none = is_safe_mode(app) if safe_mode is None else safe_mode
    configured = enabled_names(app.config.get("HELPDESK_PLUGINS"))
    bound = frozenset(configured) or None
    try:
        stored = _stored(app)
    except SQLAlchemyError as error:
        # Without the set nobody knows which rules of access are missing: see `ui.restart`, which then answers 503.
        _log.error("the set of plugins cannot be read", error=str(getattr(error, "orig", error)))
        return ActiveSet(generation=None, bound=bound, safe_mode=none)
    generation, initialised, enabled, policies = stored
    if not initialised:
        enabled = configured
    allowed = tuple(name for name in enabled if bound is None or name in bound)
    return ActiveSet(
        names=() if none else allowed,
        enabled=enabled,
        generation=generation,
        initialised=initialised,
        bound=bound,
        barred=tuple(name for name in enabled if name not in allowed),
        policies=policies,
        safe_mode=none,
    )


def lineages_of_set(active: ActiveSet) -> list[Lineage]:
    """Return the core's chain of migrations and those of the enabled plugins, which are not imported."""
    return lineages_of(
        (one.manifest, one.directory)
        for one in discover()
        if one.name in active.names and one.manifest is not None and one.directory is not None
    )


def stored_generation(connection: Connection) -> int:
    """How often the set has changed so far."""
    return connection.scalar(select(PluginSet.generation).where(PluginSet.id == 1)) or 0


def _stored(app: Flask) -> tuple[int, bool, tuple[str, ...], dict[str, tuple[str, ...]]]:
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "sqlite" and not _is_file(engine.url.database):
            return _NOTHING
        try:
            with engine.connect() as connection:
                if not inspect(connection).has_table(PluginSet.__tablename__):
                    return _NOTHING
                row = connection.execute(select(PluginSet.generation, PluginSet.initialised)).first()
                if row is None:
                    return _NOTHING
                enabled = connection.scalars(
                    select(PluginRow.name).where(PluginRow.state == ENABLED).order_by(PluginRow.name)
                )
                return row[0], row[1], tuple(enabled), _policies(connection)
        finally:
            engine.dispose()  # a server forks after this


def _policies(connection: Connection) -> dict[str, tuple[str, ...]]:
    if "policies" not in {column["name"] for column in inspect(connection).get_columns(PluginRow.__tablename__)}:
        return {}  # the tables wait for their upgrade
    return {name: tuple(found) for name, found in connection.execute(select(PluginRow.name, PluginRow.policies))}


def _is_file(name: str | None) -> bool:
    return bool(name) and Path(str(name)).is_file()
