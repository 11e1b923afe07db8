"""Enabling, disabling and purging a plugin; the running processes take the new set up by restarting their workers.

Nothing here changes the app it is given: what needs a plugin's code runs in an app made for it, so call these in a
process of their own (the ``helpdesk plugins`` command is one) or in a test. Call them outside of a unit of work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.contract.errors import HelpdeskError, Invalid, NotFound, PluginError, Rejected, TryLater
from helpdesk_core.contract.plugin import LoadedPlugin, Manifest, PluginContext
from helpdesk_core.contract.specs import Lineage
from helpdesk_core.db import migrate
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.plugins.active import ENABLED, SAFE_MODE, ActiveSet, read_active_set
from helpdesk_core.plugins.breaker import Suspended
from helpdesk_core.plugins.calls import EXTENSION, Runtime
from helpdesk_core.plugins.checks import check_name
from helpdesk_core.plugins.discovery import Candidate, discover
from helpdesk_core.plugins.forgetting import forget_plugin
from helpdesk_core.plugins.grants import grant_defaults, remember_policies
from helpdesk_core.plugins.isolation import unbroken
from helpdesk_core.plugins.migrations import lineages_of
from helpdesk_core.plugins.models import PluginRow, PluginSet, PluginSuspension
from helpdesk_core.plugins.states import PluginState, compatibility_problem
from helpdesk_core.plugins.tables import plugins_with_tables
from helpdesk_core.statuses.registered import install_statuses

MANAGE: Final = "core:plugin:manage"
#: ``app.extensions`` keys: how an app like this one is made, and the plugins it was handed over directly.
FACTORY: Final = "helpdesk_factory"
GIVEN: Final = "helpdesk_given_plugins"

_log = structlog.get_logger(__name__)


def enable(app: Flask, name: str, *, actor: Actor = SYSTEM) -> None:
    """Put the installed plugin *name* into the set: migrate its tables, write the registry, give the roles its rights.

    Nothing is half enabled: whatever fails, the plugin stays out and its tables are as they were. Raises ``NotFound``
    where it is not installed, ``Rejected`` with the reason where it cannot run here, ``Forbidden``, and ``TryLater``
    while another process migrates.
    """
    candidate, active, states = _prepared(app, name, actor)
    if states.get(name) == PluginState.PURGING:
        raise Rejected(f"{name} is being purged: finish that first")
    _check_enabling(candidate, active, states)
    manifest = _manifest_of(candidate)
    probe = _probe(app, (*active.enabled, name), needed=name)
    chain = _chain(active.enabled, candidate)
    lineage = next((one for one in chain if one.name == name), None)
    with _naming(name, "its migration failed"):
        before = migrate.raise_lineage(probe, lineage, chain) if lineage is not None else None
    try:
        with probe.app_context(), unit_of_work() as session:
            current = _locked_set(session, active)
            _check_requirements(session, manifest)
            row = session.get(PluginRow, name)
            if row is not None and row.state != PluginState.DISABLED:
                raise Rejected(f"{name} is {row.state} already")
            runtime: Runtime = probe.extensions[EXTENSION]
            session.merge(_row(candidate))
            grant_defaults(session, runtime.registry, [name])
            remember_policies(session, runtime)
            install_statuses(session, runtime.registry)
            with _naming(name, "on_enable failed"), unbroken(session):
                runtime.plugins[name].instance.on_enable(_context(runtime.plugins[name], session, actor))
                session.flush()
            _changed(session, current, "plugin.enabled", name, actor, version=candidate.version)
    except BaseException:
        if lineage is not None:
            _take_back(probe, lineage, before)
        raise
    finally:
        _dispose(probe)


def disable(app: Flask, name: str, *, actor: Actor = SYSTEM, run_code: bool = True) -> list[str]:
    """Take *name* out of the set; its data and what roles were granted stay. Returns what could not be done for it.

    The plugin's own ``on_disable`` may fail: it is disabled all the same. Without *run_code* nothing of it is
    imported. Raises ``Rejected`` while an enabled plugin requires it, or where it is not enabled, and ``Forbidden``.
    """
    _candidate, active, states = _prepared(app, name, actor, installed=False)
    if states.get(name) != PluginState.ENABLED:
        raise Rejected(f"{name} is not enabled")
    notes: list[str] = []
    host = _probe(app, active.enabled) if run_code else app
    try:
        with app.app_context(), reading() as session:
            _refuse_dependents(session, name, only_enabled=True)
        if run_code:
            notes += _own_step(host, name, "on_disable", actor)
        with app.app_context(), unit_of_work() as session:
            current = _locked_set(session, active)
            _refuse_dependents(session, name, only_enabled=True)
            row = session.get(PluginRow, name)
            if row is None or row.state != PluginState.ENABLED:
                raise Rejected(f"{name} is not enabled")
            row.state, row.changed_at = PluginState.DISABLED.value, utcnow()
            _changed(session, current, "plugin.disabled", name, actor)
    finally:
        if host is not app:
            _dispose(host)
    return notes


def purge(app: Flask, name: str, *, confirmation: str, actor: Actor = SYSTEM, run_code: bool = True) -> list[str]:
    """Remove everything the disabled plugin *name* stored: its tables, settings, rights and search items.

    *confirmation* is the name again, typed by a person. Returns what could not be done. A purge that was broken off is
    resumed by calling this again, so ``on_purge`` may be called twice. Raises ``Invalid`` for another confirmation,
    ``Rejected`` while it is enabled, while another plugin (disabled ones too) requires it, or where its package is
    gone, ``NotFound`` where there is nothing of it, and ``Forbidden``.
    """
    if confirmation != name:
        raise Invalid({"confirmation": [f"Type {name} to confirm."]})
    candidate, active, states = _prepared(app, name, actor, installed=False)
    _check_purging(app, name, candidate, states)
    with app.app_context(), unit_of_work() as session:
        _locked_set(session, active)
        _refuse_dependents(session, name, only_enabled=False)
        row = session.get(PluginRow, name) or PluginRow(name=name, version="", requires=[])
        row.state, row.changed_at = PluginState.PURGING.value, utcnow()
        session.add(row)
    notes: list[str] = []
    if run_code:
        probe = _probe(app, (*active.enabled, name))
        try:
            notes += _own_step(probe, name, "on_purge", actor)
        finally:
            _dispose(probe)
    chain = _chain(active.enabled, candidate) if candidate is not None else []
    lineage = next((one for one in chain if one.name == name), None)
    if lineage is not None:
        with _naming(name, "taking its tables away failed"):
            migrate.lower_lineage(app, lineage)
    with app.app_context(), unit_of_work() as session:
        forget_plugin(session, name)
        record(session, "plugin.purged", actor=actor, subject_kind="plugin", subject_id=None, before={"name": name})
    return notes


def install_plugins(session: Session, runtime: Runtime, active: ActiveSet) -> None:
    """Give the roles what is new in the loaded plugins; where the configuration names plugins, let the database rule.

    Called after every upgrade of the tables.
    """
    grant_defaults(session, runtime.registry, runtime.plugins)
    install_statuses(session, runtime.registry)
    loaded = [one for one in discover() if one.name in active.names and one.name in runtime.plugins]
    current = session.get(PluginSet, 1)
    if loaded and (current is None or not current.initialised):
        _initialise(session, loaded)
    remember_policies(session, runtime)


def note_suspended(session: Session, row: Suspended) -> None:
    """Write into the journal that a contribution was suspended."""
    values = {"name": row.plugin, "hook": row.hook, "reason": row.reason}
    record(session, "plugin.suspended", actor=SYSTEM, subject_kind="plugin", subject_id=None, after=values)


def resume(app: Flask, plugin: str, hook: str, *, actor: Actor = SYSTEM) -> None:
    """Take a suspended contribution in again, in every process; raises ``NotFound`` and ``Forbidden``."""
    with app.app_context(), unit_of_work() as session:
        require(actor, MANAGE)
        row = session.get(PluginSuspension, (plugin, hook))
        if row is None:
            raise NotFound("suspended contribution")
        session.delete(row)
        session.flush()
        values = {"name": plugin, "hook": hook}
        record(session, "plugin.resumed", actor=actor, subject_kind="plugin", subject_id=None, after=values)


# --- before anything is changed ---


def _prepared(app: Flask, name: str, actor: Actor, *, installed: bool = True) -> tuple[Any, ActiveSet, dict[str, str]]:
    with app.app_context(), reading():
        require(actor, MANAGE)
    active = read_active_set(app)
    if active.generation is None:
        raise TryLater("the database cannot be read")
    found = [one for one in discover() if one.name == name]
    if installed:
        if not found:
            raise NotFound(f"plugin {name}")
        problem = compatibility_problem(found)
        if problem:
            raise Rejected(f"{name} {problem}")
    with app.app_context(), reading() as session:
        states: dict[str, str] = dict(session.execute(select(PluginRow.name, PluginRow.state)).all())
    if not active.initialised:
        states |= dict.fromkeys(active.enabled, ENABLED)
    return (found[0] if found else None), active, states


def _check_enabling(candidate: Candidate, active: ActiveSet, states: dict[str, str]) -> None:
    name, manifest = candidate.name, _manifest_of(candidate)
    if states.get(name) == ENABLED:
        raise Rejected(f"{name} is enabled already")
    if active.bound is not None and name not in active.bound:
        raise Rejected(f"HELPDESK_PLUGINS does not name {name}: add it there first")
    for other in manifest.requires:
        if states.get(other) != ENABLED:
            raise Rejected(f"{name} requires {other}: enable {other} first")
    try:
        check_name(name, [other for other in states if other != name])
        for other in states:
            check_name(other, [name] if other != name else [])
    except PluginError as error:
        raise Rejected(f"{error.plugin}: {error.cause}") from error


def _check_purging(app: Flask, name: str, candidate: Candidate | None, states: dict[str, str]) -> None:
    if states.get(name) == ENABLED:
        raise Rejected(f"{name} is enabled: disable it first")
    with app.app_context(), db.engine.connect() as connection:
        left = name in plugins_with_tables(connection)
    if name not in states and not left:
        raise NotFound(f"data of plugin {name}")
    if left and (candidate is None or candidate.directory is None):
        raise Rejected(f"the package of {name} is not installed: install it again, then purge")


def _manifest_of(candidate: Candidate) -> Manifest:
    if candidate.manifest is None:
        raise Rejected(f"{candidate.name} has no manifest")
    return candidate.manifest


def _chain(names: Sequence[str], candidate: Candidate) -> list[Lineage]:
    found = {one.name: one for one in discover() if one.name in names} | {candidate.name: candidate}
    return lineages_of(
        (one.manifest, one.directory)
        for one in found.values()
        if one.manifest is not None and one.directory is not None
    )


def _probe(app: Flask, names: Sequence[str], *, needed: str | None = None) -> Flask:
    """An app like *app* with exactly *names*; raises ``Rejected`` where *needed* breaks itself or another plugin."""
    config = dict(app.config) | {"TESTING": False, SAFE_MODE: True}
    given = tuple(app.extensions.get(GIVEN, ()))

    def made(wanted: Sequence[str]) -> tuple[Flask, Runtime]:
        fresh: Flask = app.extensions[FACTORY](config, plugins=(*given, *wanted))
        fresh.testing = app.testing
        return fresh, fresh.extensions[EXTENSION]

    probe, runtime = made(names)
    if needed is None or not runtime.quarantined:
        return probe
    if needed in runtime.quarantined:
        _dispose(probe)
        raise Rejected(f"{needed} cannot be loaded: {runtime.quarantined[needed].cause}")
    without, earlier = made([name for name in names if name != needed])
    _dispose(without)
    for other, error in runtime.quarantined.items():
        if other not in earlier.quarantined:
            _dispose(probe)
            raise Rejected(f"{needed} would keep {other} from loading: {error.cause}")
    return probe


# --- the steps ---


def _locked_set(session: Session, active: ActiveSet) -> PluginSet:
    """The set's row, locked until the transaction ends; the configuration's names become its first content."""
    current = session.scalar(select(PluginSet).where(PluginSet.id == 1).with_for_update())
    if current is None or not current.initialised:
        current = _initialise(session, [one for one in discover() if one.name in active.enabled])
    return current


def _initialise(session: Session, enabled: Sequence[Candidate]) -> PluginSet:
    current = session.get(PluginSet, 1)
    if current is None:
        current = PluginSet(id=1, generation=0)
        session.add(current)
    current.initialised = True
    for candidate in enabled:
        session.merge(_row(candidate))
    session.flush()
    return current


def _row(candidate: Candidate) -> PluginRow:
    requires = candidate.manifest.requires if candidate.manifest is not None else ()
    return PluginRow(
        name=candidate.name,
        state=ENABLED,
        version=candidate.version[:80],
        requires=list(requires),
        changed_at=utcnow(),
    )


def _check_requirements(session: Session, manifest: Manifest) -> None:
    enabled = set(session.scalars(select(PluginRow.name).where(PluginRow.state == ENABLED)))
    for other in manifest.requires:
        if other not in enabled:
            raise Rejected(f"{manifest.name} requires {other}: enable {other} first")


def _refuse_dependents(session: Session, name: str, *, only_enabled: bool) -> None:
    """Raise ``Rejected`` where a plugin of the registry requires *name*, by its manifest or when it was enabled."""
    now = {one.name: one.manifest.requires for one in discover() if one.manifest is not None}
    for row in session.scalars(select(PluginRow).order_by(PluginRow.name)):
        if only_enabled and row.state != PluginState.ENABLED:
            continue
        if name in now.get(row.name, ()) or name in row.requires:
            step = "disable" if only_enabled else "purge"
            raise Rejected(f"{row.name} requires {name}: {step} {row.name} first")


def _changed(session: Session, current: PluginSet, event: str, name: str, actor: Actor, **more: Any) -> None:
    current.generation += 1
    record(session, event, actor=actor, subject_kind="plugin", subject_id=None, after={"name": name, **more})


def _context(plugin: LoadedPlugin, session: Session, actor: Actor) -> PluginContext:
    return PluginContext(name=plugin.name, session=session, actor=actor, settings=plugin.settings)


def _own_step(host: Flask, name: str, step: str, actor: Actor) -> list[str]:
    """Call the plugin's own method in a change of its own; its failure is returned and what it wrote is undone."""
    runtime: Runtime = host.extensions[EXTENSION]
    plugin = runtime.plugins.get(name)
    if plugin is None:
        cause = runtime.quarantined[name].cause if name in runtime.quarantined else "it is not installed"
        return [f"{step} was not called: {cause}"]
    method: Callable[[PluginContext], None] = getattr(plugin.instance, step)
    try:
        with host.app_context(), unit_of_work() as session:
            method(_context(plugin, session, actor))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        _log.error("plugin failed", plugin=name, hook=step, exc_info=error)
        return [f"{step} failed: {type(error).__name__}: {error}"]
    return []


@contextmanager
def _naming(name: str, what: str) -> Iterator[None]:
    """Turn any fault of the plugin's code into a refusal that says whose it was."""
    try:
        yield
    except HelpdeskError as error:
        error.plugin = error.plugin or name
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        _log.error("plugin failed", plugin=name, hook=what, exc_info=error)
        raise Rejected(f"{name}: {what}: {type(error).__name__}: {error}", plugin=name) from error


def _take_back(probe: Flask, lineage: Lineage, before: str | None) -> None:
    try:
        stands, _head = migrate.current(probe, [lineage])[lineage.name]
        if stands != before:
            migrate.lower_lineage(probe, lineage, before)
    except Exception as error:  # the first failure is the one to tell
        _log.error("tables stay migrated", lineage=lineage.name, exc_info=error)


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
