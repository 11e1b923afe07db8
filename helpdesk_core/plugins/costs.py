"""What plugins cost, summed over all processes and kept by day, so that any process can show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Flask
from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.plugins.calls import EXTENSION, Runtime
from helpdesk_core.plugins.models import PluginCost

#: The days that are shown, and that are kept.
SHOWN_DAYS: Final = 7
_KEPT_DAYS: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one plugin cost in one hook; times in seconds."""

    plugin: str
    hook: str
    calls: int
    failures: int
    seconds: float
    slowest: float
    last_error: str

    @property
    def mean(self) -> float:
        """The mean time of a call, in seconds."""
        return self.seconds / self.calls if self.calls else 0.0


def save_costs(app: Flask) -> None:
    """Add what this process counted since the last time to the rows of today."""
    runtime: Runtime = app.extensions[EXTENSION]
    taken = runtime.statistics.take()
    if not taken:
        return
    today = utcnow().date()
    values = [
        {
            "day": today,
            "plugin": plugin[:40],
            "hook": hook[:120],
            "calls": row.calls,
            "failures": row.failures,
            "seconds": row.seconds,
            "slowest": row.slowest,
            "last_error": row.last_error,
        }
        for (plugin, hook), row in taken.items()
    ]
    with app.app_context(), unit_of_work() as session:
        _add(session, values)
        session.execute(delete(PluginCost).where(PluginCost.day < today - timedelta(days=_KEPT_DAYS)))


def costs(session: Session, runtime: Runtime) -> list[Cost]:
    """What each plugin cost in each hook in the last days, the dearest first; this process' latest calls included."""
    since = utcnow().date() - timedelta(days=SHOWN_DAYS - 1)
    rows = session.execute(
        select(
            PluginCost.plugin,
            PluginCost.hook,
            func.sum(PluginCost.calls),
            func.sum(PluginCost.failures),
            func.sum(PluginCost.seconds),
            func.max(PluginCost.slowest),
            func.max(PluginCost.last_error),
        )
        .where(PluginCost.day >= since)
        .group_by(PluginCost.plugin, PluginCost.hook)
    )
    found: dict[tuple[str, str], tuple[Any, ...]] = {(row[0], row[1]): tuple(row[2:]) for row in rows}
    for key, new in runtime.statistics.unsaved().items():
        calls, failures, seconds, slowest, error = found.get(key, (0, 0, 0.0, 0.0, ""))
        found[key] = (
            calls + new.calls,
            failures + new.failures,
            seconds + new.seconds,
            max(slowest, new.slowest),
            new.last_error or error,
        )
    # What is asked once at every start is not what a page costs.
    running = [one for one in _costs(found.items()) if not one.hook.startswith("helpdesk_register_") or one.failures]
    return sorted(running, key=lambda one: -one.seconds)


def _costs(rows: Iterable[tuple[tuple[str, str], tuple[Any, ...]]]) -> Iterable[Cost]:
    for (plugin, hook), (calls, failures, seconds, slowest, error) in rows:
        yield Cost(
            plugin=plugin,
            hook=hook,
            calls=int(calls),
            failures=int(failures),
            seconds=float(seconds),
            slowest=float(slowest),
            last_error=error,
        )


def _add(session: Session, values: list[dict[str, Any]]) -> None:
    # Two processes add to one row at the same time: the database sums, so that neither count is lost.
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(PluginCost)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["day", "plugin", "hook"],
        set_={
            "calls": PluginCost.calls + new.calls,
            "failures": PluginCost.failures + new.failures,
            "seconds": PluginCost.seconds + new.seconds,
            "slowest": case((new.slowest > PluginCost.slowest, new.slowest), else_=PluginCost.slowest),
            "last_error": case((new.last_error != "", new.last_error), else_=PluginCost.last_error),
        },
    )
    session.execute(statement, values)
