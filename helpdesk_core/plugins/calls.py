"""Calling hooks: each implementation by itself, in plugin order, under the failure policy of the hook's kind.

pluggy calls all implementations at once and loses every result when one raises; so the core asks it only what is
registered, and calls each implementation here.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import flask
import structlog

from helpdesk_core.contract.errors import HelpdeskError, Invalid, PluginFailed
from helpdesk_core.contract.markers import HookKind, HookRule, rule_of
from helpdesk_core.plugins.breaker import Breaker
from helpdesk_core.plugins.isolation import SessionLost, discard_writes, unbroken
from helpdesk_core.plugins.statistics import CallStatistics

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
def _timed(plugin: str, point: str, statistics: CallStatistics, breaker: Breaker | None = None) -> Iterator[None]:
    started = time.perf_counter()
    failure: BaseException | None = None
    try:
        yield
    except BaseException as error:
        # A refusal is an answer, not a failure.
        failure = None if isinstance(error, HelpdeskError) and not isinstance(error, PluginFailed) else error
        raise
    finally:
        seconds = time.perf_counter() - started
        statistics.note(plugin, point, seconds, failure)
        if breaker is not None and not isinstance(failure, KeyboardInterrupt):
            breaker.note(plugin, point, seconds, failure)


@contextmanager
def isolated(
    plugin: str, point: str, statistics: CallStatistics | None = None, breaker: Breaker | None = None
) -> Iterator[None]:
    """Run read-time code of *plugin*: a failure is logged, counted and swallowed, and the block ends there.

    *point* is the hook, slot or field that is being filled; ask ``suspended`` first. Nothing the code wrote stays.
    Raises ``PluginFailed`` only where the code destroyed the core's own transaction, for then there is nothing to go
    on with.
    """
    try:
        with (
            _timed(plugin, point, statistics or current_runtime().statistics, breaker or current_runtime().breaker),
            discard_writes(),
        ):
            yield
    except KeyboardInterrupt:
        raise
    except SessionLost as error:
        raise PluginFailed(plugin, point, str(error)) from error
    except BaseException as error:  # SystemExit too: a plugin may not end the core's process
        text = f"{type(error).__name__}: {error}"
        _log.warning("plugin contribution skipped", plugin=plugin, hook=point, error=text, exc_info=error)


def suspended(plugin: str, point: str) -> bool:
    """Whether the contribution of *plugin* to *point* is left out because it failed too often (see ``breaker``)."""
    return current_runtime().breaker.is_open(plugin, point)


@contextmanager
def taking_part(plugin: str, point: str, statistics: CallStatistics | None = None) -> Iterator[None]:
    """Run code of *plugin* inside the transaction: a refusal passes with its name, anything else is ``PluginFailed``.

    *point* is the hook, field or other thing that is being written. Ending the transaction is a failure too.
    """
    try:
        with _timed(plugin, point, statistics or current_runtime().statistics), unbroken():
            yield
    except HelpdeskError as refusal:
        if refusal.plugin is None:
            refusal.plugin = plugin
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: the change is rolled back, the process lives on
        detail = str(error) if isinstance(error, _WrongType | SessionLost) else ""
        _log.error("plugin failed", plugin=plugin, hook=point, error=f"{type(error).__name__}: {error}")
        raise PluginFailed(plugin, point, detail) from error


class HookCall:
    """One hook of one app, ready to call with keyword arguments.

    The answer follows the kind: take part, contribute and policy give a list of ``Contribution``; first result gives
    the value or ``None``; register gives a list of ``Contribution`` and raises ``PluginFailed`` for the manager.
    """

    __slots__ = ("_argnames", "_breaker", "_implementations", "_statistics", "name", "rule")

    def __init__(
        self,
        name: str,
        rule: HookRule,
        argnames: frozenset[str],
        implementations: Sequence[Implementation],
        statistics: CallStatistics,
        breaker: Breaker,
    ) -> None:
        self.name = name
        self.rule = rule
        self._argnames = argnames
        self._implementations = tuple(implementations)
        self._statistics = statistics
        self._breaker = breaker

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
            if self._breaker.is_open(implementation.plugin, self.name):
                continue
            values: tuple[object, ...] = ()
            with isolated(implementation.plugin, self.name, self._statistics, self._breaker):
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
        with taking_part(plugin, self.name, self._statistics):
            if self.rule.kind is HookKind.POLICY:
                with discard_writes():  # asked while reading: it may neither write nor spoil the transaction
                    values = implementation.answer(self.rule, arguments)
            else:
                values = implementation.answer(self.rule, arguments)
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

    ``plugins`` stands in load order; ``quarantined`` says why a listed plugin is not among them, and
    ``missing_policies`` with which hooks such plugins rule access: while they are missing, those deny.
    """

    pm: "pluggy.PluginManager"
    registry: "Registry"
    plugins: "Mapping[str, LoadedPlugin]"
    quarantined: "Mapping[str, PluginError]" = field(default_factory=dict)
    missing_policies: frozenset[str] = frozenset()
    statistics: CallStatistics = field(default_factory=CallStatistics)
    breaker: Breaker = field(default_factory=Breaker)
    hooks: Hooks = field(default_factory=lambda: Hooks({}))


def build_hooks(
    pm: "pluggy.PluginManager", order: Sequence[str], statistics: CallStatistics, breaker: Breaker
) -> Hooks:
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
        calls[name] = HookCall(name, rule, frozenset(caller.spec.argnames), implementations, statistics, breaker)
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
