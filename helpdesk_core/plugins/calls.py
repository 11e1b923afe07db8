"""Calling hooks: each implementation by itself, in plugin order, under the failure policy of the hook's kind.

pluggy calls all implementations at once and loses every result when one raises; so the core asks it only what is
registered, and calls each implementation here.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

import flask
import structlog

from helpdesk_core.contract.errors import HelpdeskError, Invalid, PluginFailed
from helpdesk_core.contract.markers import HookKind, HookRule, rule_of
from helpdesk_core.plugins.isolation import SessionLost, discard_writes

if TYPE_CHECKING:
    import pluggy

    from helpdesk_core.contract.errors import PluginError
    from helpdesk_core.contract.plugin import LoadedPlugin
    from helpdesk_core.plugins.registry import Registry

EXTENSION: Final = "helpdesk"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One answer of one plugin; a hook that returns lists yields one contribution per item."""

    plugin: str
    value: Any


@dataclass(slots=True)
class HookStats:
    """How often one plugin was called in one hook, how long that took, and how often it failed."""

    calls: int = 0
    failures: int = 0
    seconds: float = 0.0
    last_error: str = ""


class CallStatistics:
    """Counts per plugin and hook in this process; safe to use from several threads."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], HookStats] = {}
        self._lock = Lock()

    def note(self, plugin: str, hook: str, seconds: float, error: BaseException | None) -> None:
        """Add one call and, with *error*, one failure."""
        with self._lock:
            row = self._rows.setdefault((plugin, hook), HookStats())
            row.calls += 1
            row.seconds += seconds
            if error is not None:
                row.failures += 1
                row.last_error = f"{type(error).__name__}: {error}"

    def of(self, plugin: str, hook: str) -> HookStats:
        """Return a copy of the counts of one plugin in one hook."""
        with self._lock:
            row = self._rows.get((plugin, hook), HookStats())
            return HookStats(row.calls, row.failures, row.seconds, row.last_error)

    def failures(self) -> dict[tuple[str, str], int]:
        """Return the number of failures by (plugin, hook), only where there are any."""
        with self._lock:
            return {key: row.failures for key, row in self._rows.items() if row.failures}


class _WrongType(TypeError):
    """An implementation returned something its specification does not allow."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook, with the names of the arguments it asks for."""

    plugin: str
    function: Callable[..., object]
    argnames: tuple[str, ...]

    def answer(self, rule: HookRule, arguments: Mapping[str, object]) -> tuple[object, ...]:
        """Call the function with what it asks for and return its checked answers."""
        value = self.function(**{name: arguments[name] for name in self.argnames})
        if value is None:
            return ()
        if rule.item is None:
            raise _WrongType(f"returned {type(value).__name__}, expected nothing")
        if not rule.many:
            return (_checked(value, rule.item),)
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
            raise _WrongType(f"returned {type(value).__name__}, expected a list of {_type_names(rule.item)}")
        return tuple(_checked(item, rule.item) for item in value)


def _checked(value: object, expected: type | tuple[type, ...]) -> object:
    if not isinstance(value, expected):
        raise _WrongType(f"returned {type(value).__name__}, expected {_type_names(expected)}")
    return value


def _type_names(expected: type | tuple[type, ...]) -> str:
    types = expected if isinstance(expected, tuple) else (expected,)
    return " or ".join(one.__name__ for one in types)


@contextmanager
def _timed(plugin: str, point: str, statistics: CallStatistics) -> Iterator[None]:
    started = time.perf_counter()
    failure: BaseException | None = None
    try:
        yield
    except BaseException as error:
        # A refusal is an answer, not a failure.
        failure = None if isinstance(error, HelpdeskError) and not isinstance(error, PluginFailed) else error
        raise
    finally:
        statistics.note(plugin, point, time.perf_counter() - started, failure)


@contextmanager
def isolated(plugin: str, point: str, statistics: CallStatistics | None = None) -> Iterator[None]:
    """Run read-time code of *plugin*: a failure is logged, counted and swallowed, and the block ends there.

    *point* is the hook, slot or field that is being filled. Nothing the code wrote stays. Raises ``PluginFailed``
    only where the code destroyed the core's own transaction, for then there is nothing to go on with.
    """
    try:
        with discard_writes(), _timed(plugin, point, statistics or current_runtime().statistics):
            yield
    except KeyboardInterrupt:
        raise
    except SessionLost as error:
        raise PluginFailed(plugin, point, str(error)) from error
    except BaseException as error:  # SystemExit too: a plugin may not end the core's process
        text = f"{type(error).__name__}: {error}"
        _log.warning("plugin contribution skipped", plugin=plugin, hook=point, error=text, exc_info=error)


@contextmanager
def taking_part(plugin: str, point: str) -> Iterator[None]:
    """Run code of *plugin* inside the transaction: a refusal passes with its name, anything else is ``PluginFailed``.

    *point* is the field or other thing that is being written.
    """
    try:
        with _timed(plugin, point, current_runtime().statistics):
            yield
    except HelpdeskError as refusal:
        if refusal.plugin is None:
            refusal.plugin = plugin
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _log.error("plugin failed", plugin=plugin, hook=point, error=f"{type(error).__name__}: {error}")
        raise PluginFailed(plugin, point, "") from error


class HookCall:
    """One hook of one app, ready to call with keyword arguments.

    The answer follows the kind: take part, contribute and policy give a list of ``Contribution``; first result gives
    the value or ``None``; register gives a list of ``Contribution`` and raises ``PluginFailed`` for the manager.
    """

    __slots__ = ("_argnames", "_implementations", "_statistics", "name", "rule")

    def __init__(
        self,
        name: str,
        rule: HookRule,
        argnames: frozenset[str],
        implementations: Sequence[Implementation],
        statistics: CallStatistics,
    ) -> None:
        self.name = name
        self.rule = rule
        self._argnames = argnames
        self._implementations = tuple(implementations)
        self._statistics = statistics

    @property
    def plugins(self) -> tuple[str, ...]:
        """The plugins that implement this hook, in calling order."""
        return tuple(implementation.plugin for implementation in self._implementations)

    def __call__(self, **arguments: object) -> Any:
        """Call every implementation under the failure policy of this hook's kind."""
        if arguments.keys() != self._argnames:
            raise TypeError(f"{self.name} takes {sorted(self._argnames)}, got {sorted(arguments)}")
        if self.rule.kind is HookKind.CONTRIBUTE:
            return list(self._isolated(arguments))
        if self.rule.kind is HookKind.FIRST_RESULT:
            first = next(self._isolated(arguments), None)
            return first.value if first is not None else None
        return self._strict(arguments)

    def of_plugin(self, plugin: str, **arguments: object) -> list[Contribution]:
        """Call one plugin's implementations only; the first failure passes."""
        mine = [one for one in self._implementations if one.plugin == plugin]
        return [found for one in mine for found in self._propagating(one, arguments)]

    def _isolated(self, arguments: Mapping[str, object]) -> Iterator[Contribution]:
        for implementation in self._implementations:
            values: tuple[object, ...] = ()
            with isolated(implementation.plugin, self.name, self._statistics):
                values = implementation.answer(self.rule, arguments)
            for value in values:
                yield Contribution(implementation.plugin, value)

    def _strict(self, arguments: Mapping[str, object]) -> list[Contribution]:
        found: list[Contribution] = []
        messages: dict[str, list[str]] = {}
        refusing: list[str] = []
        for implementation in self._implementations:
            try:
                found.extend(self._propagating(implementation, arguments))
            except Invalid as invalid:
                if not self.rule.gathers_invalid:
                    raise
                refusing.append(invalid.plugin or implementation.plugin)
                for name, texts in invalid.errors.items():
                    messages.setdefault(name, []).extend(texts)
        if messages:
            raise Invalid(messages, plugin=", ".join(dict.fromkeys(refusing)))
        return found

    def _propagating(self, implementation: Implementation, arguments: Mapping[str, object]) -> list[Contribution]:
        plugin = implementation.plugin
        try:
            with _timed(plugin, self.name, self._statistics):
                values = implementation.answer(self.rule, arguments)
        except HelpdeskError as refusal:
            if refusal.plugin is None:
                refusal.plugin = plugin
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: the change is rolled back, the process lives on
            detail = str(error) if isinstance(error, _WrongType) else ""
            _log.error("plugin failed", plugin=plugin, hook=self.name, error=f"{type(error).__name__}: {error}")
            raise PluginFailed(plugin, self.name, detail) from error
        return [Contribution(plugin, value) for value in values]


class Hooks:
    """The hooks of one app by name: ``hooks().helpdesk_ticket_created(session=..., ticket=..., actor=...)``."""

    def __init__(self, calls: Mapping[str, HookCall]) -> None:
        self._calls = dict(calls)

    def __getattr__(self, name: str) -> HookCall:
        try:
            return self._calls[name]
        except KeyError:
            raise AttributeError(f"there is no hook {name}") from None

    def __iter__(self) -> Iterator[HookCall]:
        return iter(self._calls.values())


@dataclass(slots=True)
class Runtime:
    """The plugins of one app: what is loaded, what they registered, how their calls go.

    ``plugins`` stands in load order; ``quarantined`` says why a listed plugin is not among them.
    """

    pm: "pluggy.PluginManager"
    registry: "Registry"
    plugins: "Mapping[str, LoadedPlugin]"
    quarantined: "Mapping[str, PluginError]" = field(default_factory=dict)
    statistics: CallStatistics = field(default_factory=CallStatistics)
    hooks: Hooks = field(default_factory=lambda: Hooks({}))


def build_hooks(pm: "pluggy.PluginManager", order: Sequence[str], statistics: CallStatistics) -> Hooks:
    """Return the callable hooks of *pm*; implementations run in *order*, ``tryfirst`` before and ``trylast`` after."""
    position = {plugin: index for index, plugin in enumerate(order)}
    calls: dict[str, HookCall] = {}
    for name, caller in vars(pm.hook).items():
        rule = rule_of(caller.spec.function) if caller.spec is not None else None
        if rule is None:
            continue
        found = [one for one in caller.get_hookimpls() if one.plugin_name in position]
        found.sort(key=lambda one: (one.trylast - one.tryfirst, position[one.plugin_name]))
        implementations = [Implementation(one.plugin_name, one.function, tuple(one.argnames)) for one in found]
        calls[name] = HookCall(name, rule, frozenset(caller.spec.argnames), implementations, statistics)
    return Hooks(calls)


def current_runtime() -> Runtime:
    """Return the current app's plugins; raises ``RuntimeError`` outside an app context, or before they are loaded."""
    try:
        return cast(Runtime, flask.current_app.extensions[EXTENSION])
    except KeyError:
        raise RuntimeError("this app has no plugin runtime yet: call load_plugins(app) first") from None


def hooks() -> Hooks:
    """Return the current app's hooks; raises ``RuntimeError`` outside an app context."""
    return current_runtime().hooks
