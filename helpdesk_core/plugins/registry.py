"""What the plugins of one app registered at start: collected once, validated, then read-only."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.specs import (
    Asset,
    BlueprintSpec,
    CliGroup,
    EventSpec,
    JobSpec,
    ListenerSpec,
    NavItem,
    Permission,
    RoleSpec,
    Searchable,
    SlotFill,
    StatusCategory,
    StatusSpec,
    SubscriberSpec,
    Term,
    TicketField,
    TicketFilter,
    TransitionSpec,
)

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Registered(Generic[S]):
    """One spec and the plugin that registered it."""

    plugin: str
    spec: S


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreNames:
    """Names of the core that plugins' specs may refer to; ``None`` means that the reference is not checked."""

    permissions: frozenset[str] | None = None
    slots: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    events: frozenset[str] | None = None


class Registry:
    """The specs of all plugins by type; answers are tuples in load order."""

    def __init__(self, specs: Mapping[str, Iterable[object]] | None = None) -> None:
        by_type: dict[type, list[Registered[object]]] = {}
        for plugin, owned in (specs or {}).items():
            for spec in owned:
                by_type.setdefault(type(spec), []).append(Registered(plugin, spec))
        self._by_type: Mapping[type, tuple[Registered[object], ...]] = MappingProxyType(
            {spec_type: tuple(rows) for spec_type, rows in by_type.items()}
        )

    def all(self, spec_type: type[S]) -> tuple[S, ...]:
        """Return every spec of *spec_type*."""
        return tuple(row.spec for row in self.owned(spec_type))

    def owned(self, spec_type: type[S]) -> tuple[Registered[S], ...]:
        """Return every spec of *spec_type* with its plugin."""
        return self._by_type.get(spec_type, ())  # type: ignore[return-value]  # keyed by the type of its rows

    def of_plugin(self, plugin: str) -> tuple[object, ...]:
        """Return everything that *plugin* registered."""
        return tuple(row.spec for rows in self._by_type.values() for row in rows if row.plugin == plugin)

    def words(self, plugin: str) -> frozenset[str]:
        """Return what *plugin* really adds, in the words of the manifest's ``adds``."""
        return frozenset(WORDS[type(spec)] for spec in self.of_plugin(plugin))


#: The manifest's word for each type of spec.
WORDS: Final[Mapping[type, str]] = MappingProxyType({
    TicketField: "ticket_fields", StatusSpec: "statuses", TransitionSpec: "transitions", Permission: "permissions",
    RoleSpec: "roles", BlueprintSpec: "blueprints", NavItem: "nav", SlotFill: "slots",
    TicketFilter: "ticket_filters", CliGroup: "cli", Term: "terms", EventSpec: "events",
    Searchable: "searchables", Asset: "assets", JobSpec: "jobs", SubscriberSpec: "subscribers",
    ListenerSpec: "listeners",
})  # fmt: skip

_PART: Final = r"[a-z][a-z0-9_]*"
_DOTTED: Final = re.compile(rf"({_PART})(\.{_PART})+")
_FILE: Final = re.compile(r"[\w-]+([./][\w-]+)*\.(css|js)", re.ASCII)
_PERMISSION: Final = re.compile(rf"({_PART}):{_PART}:{_PART}")


class RegistryBuilder:
    """Collects specs plugin by plugin; each plugin's specs go in whole or not at all."""

    def __init__(self, core: CoreNames) -> None:
        self._core = core
        self._specs: dict[str, tuple[object, ...]] = {}

    def add(self, plugin: str, specs: Iterable[object]) -> None:
        """Add everything *plugin* registered; raises ``PluginError`` naming the spec that breaks a rule."""
        mine = tuple(specs)
        taken = {_identity(spec, other): other for other, owned in self._specs.items() for spec in owned}
        for spec in mine:
            problem = _naming_problem(plugin, spec)
            if problem:
                raise PluginError(plugin, f"{_describe(spec)}: {problem}")
            identity = _identity(spec, plugin)
            if identity in taken:
                raise PluginError(plugin, f"{_describe(spec)}: registered already by {taken[identity]}")
            taken[identity] = plugin
        self._check_references(plugin, mine)
        self._specs[plugin] = mine

    def drop(self, plugin: str) -> None:
        """Forget what *plugin* registered."""
        self._specs.pop(plugin, None)

    def freeze(self) -> Registry:
        """Return the read-only registry of what stands now."""
        return Registry(self._specs)

    def _names(self, core: frozenset[str] | None, mine: tuple[object, ...], spec_type: type) -> frozenset[str] | None:
        if core is None:
            return None
        own = (spec for specs in (*self._specs.values(), mine) for spec in specs if isinstance(spec, spec_type))
        return core | {str(_identity(spec)[1]) for spec in own}

    def _check_references(self, plugin: str, mine: tuple[object, ...]) -> None:
        permissions = self._names(self._core.permissions, mine, Permission)
        statuses = self._names(self._core.statuses, mine, StatusSpec)
        rows = {spec.name for spec in mine if isinstance(spec, Permission) and spec.has_row}
        for spec in mine:
            for permission in _permissions_of(spec):
                if permissions is not None and permission not in permissions:
                    raise PluginError(plugin, f"{_describe(spec)}: permission {permission!r} is not registered")
            if isinstance(spec, TicketField) and {spec.read, spec.write} & rows:
                raise PluginError(plugin, f"{_describe(spec)}: read and write must be rights without a row")
            if isinstance(spec, SlotFill) and self._core.slots is not None and spec.slot not in self._core.slots:
                raise PluginError(plugin, f"{_describe(spec)}: there is no slot {spec.slot!r}")
            if isinstance(spec, SubscriberSpec | ListenerSpec):
                self._check_events(plugin, spec, mine)
            if statuses is not None:
                for key in _statuses_of(spec):
                    if key not in statuses:
                        raise PluginError(plugin, f"{_describe(spec)}: status {key!r} is not registered")

    def _check_events(self, plugin: str, spec: SubscriberSpec | ListenerSpec, mine: tuple[object, ...]) -> None:
        if self._core.events is None:
            return
        own = {one.name for one in mine if isinstance(one, EventSpec)}
        scopes = {name.partition(".")[0] for name in self._core.events} | {plugin}
        for name in spec.events:
            # Events of other plugins are known only while those are there.
            if name.partition(".")[0] in scopes and name not in self._core.events | own:
                raise PluginError(plugin, f"{_describe(spec)}: there is no event {name!r}")


def _identity(spec: object, plugin: str = "") -> tuple[object, ...]:
    """Return what may exist only once; a file's name is taken within its own plugin alone."""
    match spec:
        case Asset():
            return (Asset, spec.filename, plugin)
        case Permission() | EventSpec() | ListenerSpec():
            return (type(spec), spec.name)
        case JobSpec() | SubscriberSpec():
            return (JobSpec, spec.name)  # a delivery is a job too: one name, one meaning
        case TransitionSpec():
            return (TransitionSpec, spec.source, spec.target)
        case SlotFill():
            return (SlotFill, spec.slot, spec.template)
        case BlueprintSpec():
            return (BlueprintSpec, spec.blueprint.name)
        case CliGroup():
            return (CliGroup, spec.group.name)
        case Term():
            return (Term, spec.context, spec.key)
        case Searchable():
            return (Searchable, spec.kind)
        case _:
            return (type(spec), getattr(spec, "key", spec))


def _describe(spec: object) -> str:
    kind, *names = _identity(spec)
    return f"{kind.__name__ if isinstance(kind, type) else kind} {' '.join(map(str, names))}"


def _naming_problem(plugin: str, spec: object) -> str | None:
    match spec:
        case Permission():
            return None if _owned(_PERMISSION, plugin, spec.name) else f"must be named {plugin}:<resource>:<action>"
        case EventSpec() | JobSpec() | SubscriberSpec() | ListenerSpec():
            return None if _owned(_DOTTED, plugin, spec.name) else f"the name must be {plugin}.<x>"
        case TransitionSpec():
            ours = any(key.startswith(f"{plugin}.") for key in (spec.source, spec.target))
            return None if ours else f"one end must be a status {plugin}.<x>"
        case SlotFill():
            return None if spec.template.startswith(f"{plugin}/") else f"the template must stand in {plugin}/"
        case BlueprintSpec():
            return _blueprint_problem(plugin, spec)
        case CliGroup():
            ours = spec.group.name in (plugin, plugin.replace("_", "-"))
            return None if ours else f"the group must be named {plugin}"
        case Searchable():
            return None if _owned(_DOTTED, plugin, spec.kind) else f"the kind must be {plugin}.<x>"
        case Asset():
            return None if _FILE.fullmatch(spec.filename) else "must be a .css or .js file, with plain names"
        case Term():
            ours = spec.context == plugin or spec.context.startswith(f"{plugin}.")
            return None if ours else f"the context must be {plugin} or begin with {plugin}."
        case StatusSpec() if not isinstance(spec.category, StatusCategory):
            return f"category must be a StatusCategory, not {spec.category!r}"
        case RoleSpec() | StatusSpec() | TicketField() | TicketFilter() | NavItem():
            return None if _owned(_DOTTED, plugin, spec.key) else f"the key must be {plugin}.<x>"
        case _:
            return "no registry keeps this type"


def _owned(pattern: re.Pattern[str], plugin: str, name: object) -> bool:
    found = pattern.fullmatch(name) if isinstance(name, str) else None
    return found is not None and found.group(1) == plugin


def _blueprint_problem(plugin: str, spec: BlueprintSpec) -> str | None:
    name = spec.blueprint.name
    if name != plugin and not name.startswith(f"{plugin}_"):
        return f"the blueprint must be named {plugin} or {plugin}_<x>"
    prefix = blueprint_prefix(plugin, spec)
    for allowed in (f"/{plugin}", f"/settings/{plugin}"):
        if prefix == allowed or prefix.startswith(f"{allowed}/"):
            return None
    return f"the url prefix must be /{plugin} or /settings/{plugin}, or below, not {prefix}"


def blueprint_prefix(plugin: str, spec: BlueprintSpec) -> str:
    """Return the path under which a plugin's blueprint is mounted."""
    return (spec.url_prefix or spec.blueprint.url_prefix or f"/{plugin}").rstrip("/")


def _permissions_of(spec: object) -> tuple[str, ...]:
    match spec:
        case TicketField():
            named: tuple[str | None, ...] = (spec.read, spec.write)
        case NavItem() | Searchable() | SlotFill() | TicketFilter() | TransitionSpec():
            named = (spec.permission,)
        case RoleSpec():
            named = spec.grants
        case _:
            named = ()
    return tuple(name for name in named if name is not None)


def _statuses_of(spec: object) -> tuple[str, ...]:
    match spec:
        case TransitionSpec():
            return (spec.source, spec.target)
        case StatusSpec(finish_target=str(target)):
            return (target,)
        case _:
            return ()
