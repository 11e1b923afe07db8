"""What is installed, enabled, running, or left behind: one card per plugin, made without importing any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask
from packaging.specifiers import SpecifierSet
from sqlalchemy import Connection, select

from helpdesk_core.contract.plugin import Manifest
from helpdesk_core.contract.version import API_VERSION
from helpdesk_core.db.session import db
from helpdesk_core.plugins.active import ACTIVE, ENABLED, ActiveSet
from helpdesk_core.plugins.calls import EXTENSION, Runtime
from helpdesk_core.plugins.discovery import Candidate, discover
from helpdesk_core.plugins.models import PluginRow
from helpdesk_core.plugins.tables import Stored, plugins_with_tables, stored_by


class PluginState(StrEnum):
    """Where a plugin is in its life."""

    AVAILABLE = "available"  # installed, never enabled
    ENABLED = "enabled"  # in the set; it runs, or will as soon as the workers have restarted
    QUARANTINED = "quarantined"  # in the set, but it could not be loaded
    BARRED = "barred"  # in the set, but HELPDESK_PLUGINS does not name it, or the safe mode is on
    DISABLED = "disabled"  # out of the set, its data is kept
    INCOMPATIBLE = "incompatible"  # installed, but not for this core, or its package is broken
    PURGING = "purging"  # a purge was broken off and can be resumed
    ORPHAN = "orphan"  # its package is gone, its rows are left


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginCard:
    """One plugin as an administrator sees it; ``reason`` says why it does not run where it should or could not.

    ``running`` is about this process; ``size`` counts the bytes of its tables with their indexes, ``None`` where the
    database cannot tell. ``required_by`` names enabled and disabled plugins.
    """

    name: str
    state: PluginState
    summary: str = ""
    version: str = ""
    adds: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    required_by: tuple[str, ...] = ()
    reason: str = ""
    running: bool = False
    installed: bool = True
    tables: tuple[str, ...] = ()
    size: int | None = 0


@dataclass(frozen=True, slots=True)
class KnownPlugin:
    """A row of the registry."""

    state: str
    version: str
    requires: tuple[str, ...]


def known_plugins(connection: Connection) -> dict[str, KnownPlugin]:
    """Return the registry's rows by name."""
    rows = connection.execute(select(PluginRow.name, PluginRow.state, PluginRow.version, PluginRow.requires))
    return {name: KnownPlugin(state, version, tuple(requires)) for name, state, version, requires in rows}


def list_plugins(app: Flask) -> list[PluginCard]:
    """Return a card for every plugin that is installed, runs, or left something in the database, by name.

    What runs and what is quarantined is told of this process. The database must be migrated.
    """
    runtime: Runtime = app.extensions[EXTENSION]
    active: ActiveSet = app.extensions[ACTIVE]
    installed: dict[str, list[Candidate]] = {}
    for candidate in discover():
        installed.setdefault(candidate.name, []).append(candidate)
    with app.app_context(), db.engine.connect() as connection:
        known = known_plugins(connection)
        if not active.initialised and not known:
            known = {name: KnownPlugin(ENABLED, "", ()) for name in active.enabled}
        known |= {name: KnownPlugin(ENABLED, "", ()) for name in runtime.plugins if name not in known}
        left = plugins_with_tables(connection)
        names = sorted({*installed, *known, *left, *runtime.quarantined})
        stored = stored_by(connection, names)
    needed = _needed_by(known, runtime, installed)
    return [
        _card(name, known.get(name), installed.get(name, []), runtime, active, stored[name], needed.get(name, ()))
        for name in names
    ]


def compatibility_problem(candidates: Sequence[Candidate]) -> str:
    """Return why what is installed under one name cannot run on this core, from metadata alone; "" when it can."""
    if len(candidates) > 1:
        return f"two plugins have this name: {', '.join(one.origin for one in candidates)}"
    problem = candidates[0].problem
    if problem is not None:
        return problem.cause
    manifest = candidates[0].manifest
    if manifest is not None and API_VERSION not in SpecifierSet(manifest.api):
        return f"is made for api {manifest.api}, but this core offers {API_VERSION}"
    return ""


def _needed_by(
    known: Mapping[str, KnownPlugin], runtime: Runtime, installed: Mapping[str, Sequence[Candidate]]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, row in sorted(known.items()):
        manifest = _manifest(name, runtime, installed.get(name, ()))
        for other in manifest.requires if manifest is not None else row.requires:
            found.setdefault(other, []).append(name)
    return {name: tuple(others) for name, others in found.items()}


def _manifest(name: str, runtime: Runtime, candidates: Sequence[Candidate]) -> Manifest | None:
    loaded = runtime.plugins.get(name)
    return loaded.manifest if loaded is not None else candidates[0].manifest if candidates else None


def _card(
    name: str,
    row: KnownPlugin | None,
    candidates: Sequence[Candidate],
    runtime: Runtime,
    active: ActiveSet,
    stored: Stored,
    required_by: tuple[str, ...],
) -> PluginCard:
    state, reason = _state(name, row, candidates, runtime, active, stored)
    manifest = _manifest(name, runtime, candidates)
    return PluginCard(
        name=name,
        state=state,
        reason=reason,
        summary=manifest.summary if manifest is not None else "",
        version=(candidates[0].version if candidates else "") or (row.version if row is not None else ""),
        adds=manifest.adds if manifest is not None else (),
        requires=manifest.requires if manifest is not None else row.requires if row is not None else (),
        uses=manifest.uses if manifest is not None else (),
        required_by=required_by,
        running=name in runtime.plugins,
        installed=bool(candidates) or name in runtime.plugins,
        tables=stored.tables,
        size=stored.size,
    )


def _state(
    name: str,
    row: KnownPlugin | None,
    candidates: Sequence[Candidate],
    runtime: Runtime,
    active: ActiveSet,
    stored: Stored,
) -> tuple[PluginState, str]:
    if row is not None and row.state == PluginState.PURGING:
        return PluginState.PURGING, "a purge was broken off: purge it again to finish"
    if name in runtime.plugins:
        return PluginState.ENABLED, ""
    if not candidates:
        return PluginState.ORPHAN, "its package is not installed, its data is kept: install it again to use or purge it"
    if name in runtime.quarantined:
        return PluginState.QUARANTINED, runtime.quarantined[name].cause
    problem = compatibility_problem(candidates)
    if row is not None and row.state == ENABLED:
        if active.safe_mode:
            return PluginState.BARRED, "the safe mode is on: no plugin is loaded"
        if name in active.barred:
            return PluginState.BARRED, "HELPDESK_PLUGINS does not name it"
        return (PluginState.QUARANTINED, problem) if problem else (PluginState.ENABLED, "")
    if problem:
        return PluginState.INCOMPATIBLE, problem
    if row is not None or stored.tables:
        return PluginState.DISABLED, ""
    return PluginState.AVAILABLE, ""
