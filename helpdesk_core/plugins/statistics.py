"""What plugins cost: calls, failures and time per plugin and hook, in this process and in one request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

from flask import g, has_request_context

_REQUEST: Final = "plugin_costs"
_ERROR_LIMIT: Final = 400


@dataclass(slots=True)
class HookStats:
    """How often one plugin was called in one hook, how long that took, and how often it failed; times in seconds."""

    calls: int = 0
    failures: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    last_error: str = ""

    def add(self, seconds: float, error: BaseException | None) -> None:
        """Count one call and, with *error*, one failure."""
        self.calls += 1
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)
        if error is not None:
            self.failures += 1
            self.last_error = f"{type(error).__name__}: {error}"[:_ERROR_LIMIT]


Rows = dict[tuple[str, str], HookStats]


class CallStatistics:
    """Counts per plugin and hook in this process; safe to use from several threads."""

    def __init__(self) -> None:
        self._rows: Rows = {}
        self._new: Rows = {}
        self._lock = Lock()

    def note(self, plugin: str, hook: str, seconds: float, error: BaseException | None) -> None:
        """Add one call and, with *error*, one failure."""
        key = (plugin, hook)
        with self._lock:
            for rows in (self._rows, self._new):
                rows.setdefault(key, HookStats()).add(seconds, error)
        if has_request_context():
            request: Rows = getattr(g, _REQUEST, None) or {}
            request.setdefault(key, HookStats()).add(seconds, error)
            setattr(g, _REQUEST, request)

    def of(self, plugin: str, hook: str) -> HookStats:
        """Return a copy of the counts of one plugin in one hook."""
        with self._lock:
            return replace(self._rows.get((plugin, hook), HookStats()))

    def failures(self) -> dict[tuple[str, str], int]:
        """Return the number of failures by (plugin, hook), only where there are any."""
        with self._lock:
            return {key: row.failures for key, row in self._rows.items() if row.failures}

    def unsaved(self) -> Rows:
        """Return what was counted since the last ``take``."""
        with self._lock:
            return {key: replace(row) for key, row in self._new.items()}

    def take(self) -> Rows:
        """Return what was counted since the last time, for whoever stores it."""
        with self._lock:
            taken, self._new = self._new, {}
            return taken


def request_costs() -> list[dict[str, Any]]:
    """What plugins cost the request at hand so far, the dearest first."""
    rows: Rows = getattr(g, _REQUEST, None) or {}
    return [
        {"plugin": plugin, "hook": hook, "calls": row.calls, "failures": row.failures, "seconds": row.seconds}
        for (plugin, hook), row in sorted(rows.items(), key=lambda item: -item[1].seconds)
    ]
