"""The circuit breaker: a contribution that fails or dawdles several times in a row is left out until it is resumed.

Only what may be skipped has one. The suspension is a row that every process caches with the reference version, so
asking costs no query; it is written after the request that tripped it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

import structlog
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.db.reference import cached
from helpdesk_core.db.session import db, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.plugins.models import PluginSuspension

DEFAULT_FAILURES: Final = 3
DEFAULT_SECONDS: Final = 2.0
_REASON_LIMIT: Final = 400

_log = structlog.get_logger(__name__)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """A contribution that is left out, and why."""

    plugin: str
    hook: str
    reason: str


class Breaker:
    """Which contributions of one app are left out; safe to use from several threads.

    *failures* in a row trip it; a call of more than *seconds* counts as a failure. ``stored`` returns what the
    database knows.
    """

    def __init__(self, *, failures: int = DEFAULT_FAILURES, seconds: float = DEFAULT_SECONDS) -> None:
        self.failures = failures
        self.seconds = seconds
        self.stored: Callable[[], frozenset[Key]] = frozenset
        self._in_a_row: dict[Key, int] = {}
        self._tripped: dict[Key, str] = {}
        self._lock = Lock()

    def is_open(self, plugin: str, hook: str) -> bool:
        """Whether this contribution is left out now."""
        key = (plugin, hook)
        return key in self._tripped or key in self.stored()

    def note(self, plugin: str, hook: str, seconds: float, error: BaseException | None) -> None:
        """Count one call; the last of too many bad ones in a row suspends the contribution."""
        key = (plugin, hook)
        if error is None and seconds <= self.seconds:
            if key in self._in_a_row:
                self._in_a_row.pop(key, None)
            return
        with self._lock:
            count = self._in_a_row.get(key, 0) + 1
            self._in_a_row[key] = count
            if count < self.failures:
                return
            del self._in_a_row[key]
            took = f"took {seconds:.1f} s, more than {self.seconds:g} s"
            self._tripped[key] = (f"{type(error).__name__}: {error}" if error is not None else took)[:_REASON_LIMIT]
        _log.error("plugin contribution suspended", plugin=plugin, hook=hook, reason=self._tripped[key])

    def tripped(self) -> list[Suspended]:
        """What tripped here and is not stored yet."""
        with self._lock:
            return [Suspended(plugin=key[0], hook=key[1], reason=reason) for key, reason in self._tripped.items()]

    def kept(self, rows: list[Suspended]) -> None:
        """Forget *rows*: the database has them now."""
        with self._lock:
            for row in rows:
                self._tripped.pop((row.plugin, row.hook), None)


def suspensions() -> tuple[Suspended, ...]:
    """What the database says is left out; costs no query while nothing changes."""
    session: Session = db.session()
    with session.no_autoflush:  # asked in the middle of a change, it must not write what is half made
        return cached("plugin_suspensions", _load)


def stored_keys() -> frozenset[Key]:
    """The same as keys."""
    session: Session = db.session()
    with session.no_autoflush:
        return cached("plugin_suspension_keys", lambda _session: frozenset((r.plugin, r.hook) for r in suspensions()))


def _load(session: Session) -> tuple[Suspended, ...]:
    rows = session.execute(
        select(PluginSuspension.plugin, PluginSuspension.hook, PluginSuspension.reason).order_by(
            PluginSuspension.plugin, PluginSuspension.hook
        )
    )
    return tuple(Suspended(plugin=plugin, hook=hook, reason=reason) for plugin, hook, reason in rows)


def install_breaker(app: Flask, breaker: Breaker, told: Callable[[Session, Suspended], None]) -> None:
    """Let the database of *app* hold what *breaker* suspends; *told* writes the journal in the same transaction."""
    breaker.stored = stored_keys

    @app.teardown_appcontext
    def keep(_error: BaseException | None) -> None:
        rows = breaker.tripped()
        if not rows:
            return
        try:
            with unit_of_work() as session:
                for row in rows:
                    if session.get(PluginSuspension, (row.plugin, row.hook)) is None:
                        session.add(
                            PluginSuspension(plugin=row.plugin, hook=row.hook, reason=row.reason, since=utcnow())
                        )
                        told(session, row)
        except Exception as error:  # suspended here all the same; the next request tries again
            _log.error("a suspension could not be stored", app=current_app.name, exc_info=error)
            return
        breaker.kept(rows)
