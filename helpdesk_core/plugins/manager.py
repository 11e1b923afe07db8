"""Loading the plugins of one app: nothing is imported before it is allowed, nothing is half registered.

``load_plugins`` comes before the core's blueprints, ``start_plugins`` after them. A plugin that cannot be loaded is
taken out together with its dependents and the reason is logged; under *strict* (tests) it stops the start instead.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import pluggy
import structlog
from flask import Flask

from helpdesk_core.contract import hooks as specifications
from helpdesk_core.contract.errors import Invalid, PluginError, PluginFailed
from helpdesk_core.contract.markers import PROJECT_NAME, HookKind
from helpdesk_core.contract.plugin import LoadedPlugin, Manifest, Plugin
from helpdesk_core.contract.specs import BlueprintSpec
from helpdesk_core.plugins.breaker import Breaker
from helpdesk_core.plugins.calls import EXTENSION, Runtime, build_hooks
from helpdesk_core.plugins.checks import check_api, check_hookspecs, check_implementations, check_mount, check_name
from helpdesk_core.plugins.discovery import Candidate, discover, given
from helpdesk_core.plugins.ordering import load_order
from helpdesk_core.plugins.registry import CoreNames, RegistryBuilder, blueprint_prefix
from helpdesk_core.plugins.settings import describe_settings, settings_from_rows
from helpdesk_core.plugins.statistics import CallStatistics

_log = structlog.get_logger(__name__)
_SETUP = "helpdesk_setup"


def load_plugins(
    app: Flask,
    *,
    plugins: Sequence[type[Plugin] | Plugin | str] = (),
    enabled: Sequence[str] | None = None,
    strict: bool | None = None,
    core: CoreNames | None = None,
    breaker: Breaker | None = None,
) -> Runtime:
    """Load the plugins of *app* and put its ``Runtime`` into ``app.extensions["helpdesk"]``.

    Loaded are those *enabled* (by default, those named in ``HELPDESK_PLUGINS``) and those in *plugins*, by name or
    handed over. Raises
    ``PluginError`` under *strict* (by default ``app.testing``); otherwise a plugin with a fault stands in
    ``Runtime.quarantined``.
    """
    loading = Loading(
        app,
        strict=app.testing if strict is None else strict,
        core=core or CoreNames(),
        breaker=breaker,
    )
    if enabled is None:
        enabled = enabled_names(app.config.get("HELPDESK_PLUGINS"))
    names = tuple(dict.fromkeys((*enabled, *(one for one in plugins if isinstance(one, str)))))
    candidates = loading.allowed(names, given([one for one in plugins if not isinstance(one, str)]))
    for name in loading.ordered(candidates):
        loading.attempt(name, partial(loading.load, candidates[name]))
    runtime = loading.finish()
    app.extensions[EXTENSION] = runtime
    return runtime


def start_plugins(app: Flask) -> Runtime:
    """Mount the plugins' pages and call ``helpdesk_setup``; call it once, after the core's own blueprints.

    Raises ``PluginError`` under the strictness ``load_plugins`` was called with.
    """
    runtime: Runtime = app.extensions[EXTENSION]
    loading: Loading = app.extensions[f"{EXTENSION}_loading"]
    for name in tuple(loading.loaded):
        loading.attempt(name, partial(loading.start, name))
    finished = loading.finish()
    runtime.registry, runtime.plugins, runtime.hooks = finished.registry, finished.plugins, finished.hooks
    runtime.quarantined = finished.quarantined
    return runtime


def enabled_names(value: object) -> tuple[str, ...]:
    """Return the names in ``HELPDESK_PLUGINS``: a list, or a text separated by commas or blanks."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(dict.fromkeys(value.replace(",", " ").split()))
    if isinstance(value, Iterable):
        return tuple(dict.fromkeys(str(name) for name in value))
    raise TypeError(f"HELPDESK_PLUGINS must be a list of names, not {value!r}")


class Loading:
    """The state of loading one app's plugins: what is in, what is out and why."""

    def __init__(self, app: Flask, *, strict: bool, core: CoreNames, breaker: Breaker | None = None) -> None:
        self.app = app
        self.strict = strict
        self.loaded: dict[str, LoadedPlugin] = {}
        self.quarantined: dict[str, PluginError] = {}
        self._statistics = CallStatistics()
        self._breaker = breaker or Breaker()
        self._registry = RegistryBuilder(core)
        self._pm = pluggy.PluginManager(PROJECT_NAME)
        for room in specifications.ROOMS:
            self._pm.add_hookspecs(room)
        app.extensions[f"{EXTENSION}_loading"] = self

    # --- before anything is imported ---

    def allowed(self, names: Sequence[str], handed_over: Sequence[Candidate]) -> dict[str, Candidate]:
        """Return the enabled candidates by name; faults seen so far quarantine."""
        found: dict[str, list[Candidate]] = {name: [] for name in names}
        installed = discover() if names else []
        for candidate in (*(one for one in installed if one.name in found), *handed_over):
            found.setdefault(candidate.name, []).append(candidate)
        usable: dict[str, Candidate] = {}
        for name, candidates in found.items():
            try:
                usable[name] = _only_one(name, candidates)
            except PluginError as error:
                self.quarantine(name, error)
        for name in sorted(usable):
            try:
                check_name(name, usable)
            except PluginError as error:
                del usable[name]
                self.quarantine(name, error)
        return usable

    def ordered(self, candidates: Mapping[str, Candidate]) -> list[str]:
        """Return the names in load order; cycles and missing requirements quarantine."""
        manifests = {name: one.manifest for name, one in candidates.items() if one.manifest is not None}
        order, broken = load_order(manifests)
        for name, error in broken.items():
            self.quarantine(name, error)
        return order

    # --- one plugin ---

    def attempt(self, name: str, step: Callable[[], None]) -> None:
        """Take one step with a plugin; any fault quarantines it, a fault of what it requires does too."""
        manifest = self.loaded[name].manifest if name in self.loaded else None
        try:
            if manifest is not None:
                self._check_requirements(manifest)
            step()
        except PluginError as error:
            self.quarantine(name, error)
        except PluginFailed as error:
            cause = error.__cause__
            reason = f"{type(cause).__name__}: {cause}" if cause is not None else error.detail
            self.quarantine(name, PluginError(name, f"{error.hook}: {reason}"), cause=cause)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # an import may do anything, SystemExit included
            self.quarantine(name, PluginError(name, f"{type(error).__name__}: {error}"), cause=error)

    def load(self, candidate: Candidate) -> None:
        """Import, check, register and collect one plugin."""
        manifest = candidate.manifest
        if manifest is None or candidate.directory is None:
            raise PluginError(candidate.name, "has no manifest")
        self._check_requirements(manifest)
        check_api(manifest)
        plugin = _instance(candidate)
        settings = _settings(plugin, self.app.config.get("HELPDESK_PLUGIN_SETTINGS"))
        if plugin.hookspecs is not None:
            check_hookspecs(plugin)
            self._pm.add_hookspecs(plugin.hookspecs)
        self._register(plugin)
        self.loaded[plugin.name] = LoadedPlugin(
            manifest=manifest, instance=plugin, directory=candidate.directory, settings=settings
        )
        self._registry.add(plugin.name, self._collected(plugin.name))

    def start(self, name: str) -> None:
        """Call one plugin's setup and mount its pages; nothing is mounted where either would fail."""
        pages = [row.spec for row in self._registry.freeze().owned(BlueprintSpec) if row.plugin == name]
        for page in pages:
            check_mount(self.app, name, page)
        setup = getattr(build_hooks(self._pm, (name,), self._statistics, self._breaker), _SETUP)
        setup.of_plugin(name, app=self.app)
        for page in pages:
            self.app.register_blueprint(page.blueprint, url_prefix=blueprint_prefix(name, page))

    def _register(self, plugin: Plugin) -> None:
        check_implementations(self._pm, plugin)
        try:
            self._pm.register(plugin, name=plugin.name)
            self._pm.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            # pluggy leaves a plugin half registered when one of its hooks is wrong.
            self._pm.unregister(name=plugin.name)
            raise PluginError(plugin.name, " ".join(str(error).split())) from error

    def _collected(self, name: str) -> list[object]:
        specs: list[object] = []
        for call in build_hooks(self._pm, (name,), self._statistics, self._breaker):
            if call.rule.kind is HookKind.REGISTER and call.name != _SETUP:
                specs.extend(found.value for found in call.of_plugin(name))
        return specs

    def _check_requirements(self, manifest: Manifest) -> None:
        for other in manifest.requires:
            if other in self.quarantined:
                raise PluginError(manifest.name, f"requires {other}, which cannot be loaded")

    # --- the end ---

    def quarantine(self, name: str, error: PluginError, *, cause: BaseException | None = None) -> None:
        """Take *name* out and say so; raises *error* under strict."""
        if self.strict:
            raise error from cause
        self.quarantined[name] = error
        self.loaded.pop(name, None)
        self._registry.drop(name)
        if self._pm.get_plugin(name) is not None:
            self._pm.unregister(name=name)
        _log.error("plugin quarantined", plugin=name, cause=error.cause, exc_info=cause)

    def finish(self) -> Runtime:
        """Return the runtime of what is loaded now."""
        return Runtime(
            pm=self._pm,
            registry=self._registry.freeze(),
            plugins=dict(self.loaded),
            quarantined=dict(self.quarantined),
            statistics=self._statistics,
            breaker=self._breaker,
            hooks=build_hooks(self._pm, tuple(self.loaded), self._statistics, self._breaker),
        )


def _only_one(name: str, candidates: Sequence[Candidate]) -> Candidate:
    if not candidates:
        raise PluginError(name, "is enabled, but not installed")
    if len(candidates) > 1:
        raise PluginError(name, f"two plugins have this name: {', '.join(one.origin for one in candidates)}")
    candidate = candidates[0]
    if candidate.problem is not None:
        raise candidate.problem
    if candidate.manifest is not None and candidate.manifest.name != name:
        raise PluginError(name, f"the manifest is named {candidate.manifest.name!r}")
    return candidate


def _instance(candidate: Candidate) -> Plugin:
    found = candidate.load()
    plugin = found() if isinstance(found, type) and issubclass(found, Plugin) else found
    if not isinstance(plugin, Plugin):
        raise PluginError(candidate.name, f"{candidate.origin}: the entry point is not a Plugin class")
    if plugin.name != candidate.name:
        raise PluginError(candidate.name, f"the class is named {plugin.name!r}, the manifest {candidate.name!r}")
    return plugin


def _settings(plugin: Plugin, values: object) -> object:
    rows = values.get(plugin.name, {}) if isinstance(values, Mapping) else {}
    if plugin.settings is None:
        if rows:
            raise PluginError(plugin.name, "has no settings, but the configuration gives some")
        return None
    describe_settings(plugin.settings, plugin=plugin.name)
    try:
        return settings_from_rows(plugin.settings, rows, plugin=plugin.name)
    except Invalid as error:
        raise PluginError(plugin.name, f"settings: {error}") from error
