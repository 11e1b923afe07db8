"""A plugin that implements every hook there is and misbehaves in those that a test chooses."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Collection
from contextlib import contextmanager
from typing import Any, ClassVar

from sqlalchemy import insert

from helpdesk_core.contract import hooks
from helpdesk_core.contract.markers import HookKind, HookRule, hookimpl, rule_of
from helpdesk_core.contract.plugin import Manifest, Plugin
from helpdesk_core.db.session import db
from helpdesk_core.settings.models import Setting

#: Every hook by name, with its rule and its arguments.
HOOKS: dict[str, tuple[HookRule, tuple[str, ...]]] = {
    name: (rule, tuple(inspect.signature(function).parameters))
    for room in hooks.ROOMS
    for name, function in vars(room).items()
    if (rule := rule_of(function)) is not None and name.startswith("helpdesk_")
}


def named(*kinds: HookKind) -> list[str]:
    """The hooks of these kinds."""
    return sorted(name for name, (rule, _names) in HOOKS.items() if rule.kind in kinds)


def raises() -> object:
    raise RuntimeError("chaos")


def exits() -> object:
    sys.exit(3)


def sleeps() -> object:
    time.sleep(0.02)
    return None


def wrong_type() -> object:
    return object()


def commits() -> object:
    _write()
    db.session.commit()
    return None


def rolls_back() -> object:
    db.session.rollback()
    return None


def leaks_a_transaction() -> object:
    db.session.begin_nested()
    _write()
    return None


def breaks_the_statement() -> object:
    db.session.connection().exec_driver_sql("select nothing from nowhere")
    return None


def _write() -> None:
    db.session.execute(insert(Setting).values(key=f"chaos.{time.perf_counter_ns()}", value=1))


FAULTS: list[Callable[[], object]] = [
    raises, exits, wrong_type, commits, rolls_back, leaks_a_transaction, breaks_the_statement,
]  # fmt: skip
MODES = [*FAULTS, sleeps]


class Chaos(Plugin):
    """Implements every hook; ``where`` and ``mode`` say what goes wrong."""

    name = "chaos"
    manifest = Manifest(name="chaos", summary="Everything goes wrong", api=">=1.0")
    mode: ClassVar[Callable[[], object] | None] = None
    where: ClassVar[frozenset[str]] = frozenset()
    called: ClassVar[set[str]] = set()

    @classmethod
    def act(cls, hook: str) -> object:
        """What the hook *hook* does now."""
        cls.called.add(hook)
        return cls.mode() if cls.mode is not None and hook in cls.where else None


def _method(hook: str, names: tuple[str, ...]) -> Any:
    space: dict[str, Any] = {}
    exec(f"def {hook}(self, {', '.join(names)}):\n    return type(self).act({hook!r})", space)
    return hookimpl(space[hook])


for _hook, (_rule, _names) in HOOKS.items():
    setattr(Chaos, _hook, _method(_hook, _names))


@contextmanager
def chaos(mode: Callable[[], object] | None, where: Collection[str]) -> Any:
    """Let the hooks *where* do *mode* inside the block."""
    Chaos.mode, Chaos.where = staticmethod(mode) if mode is not None else None, frozenset(where)
    Chaos.called = set()
    try:
        yield Chaos
    finally:
        Chaos.mode, Chaos.where = None, frozenset()
