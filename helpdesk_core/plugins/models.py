"""Which plugins are in the set, which of their contributions are suspended, and what they cost."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.types import JsonValue, UtcDateTime


class PluginRow(Model):
    """A plugin that was enabled at least once and not purged since.

    ``state`` is ``enabled``, ``disabled`` or ``purging``; ``requires`` are the plugins that it cannot be without, kept
    here because its package may be gone. ``policies`` are the hooks with which it rules access: while it is enabled
    but cannot be loaded, they deny.
    """

    __tablename__ = "plugin"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[str] = mapped_column(String(80))
    requires: Mapped[list[Any]] = mapped_column(JsonValue)
    policies: Mapped[list[Any]] = mapped_column(JsonValue, default=list)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PluginSet(Model):
    """One row: how often the set of running plugins has changed, and whether this table rules it yet."""

    __tablename__ = "plugin_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(default=1)
    initialised: Mapped[bool] = mapped_column(default=False)


class PluginPermission(Model):
    """A right of a plugin that the roles were once given: what an administrator took away is not given again."""

    __tablename__ = "plugin_permission"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    plugin: Mapped[str] = mapped_column(String(40))


class PluginReload(Model):
    """The claim of one process to reload its server for a generation; whoever inserts the row sends the signal."""

    __tablename__ = "plugin_reload"

    server: Mapped[str] = mapped_column(String(64), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PluginSuspension(Model):
    """A contribution that failed or dawdled too often in a row and is left out until somebody resumes it."""

    __tablename__ = "plugin_suspension"
    __reference__ = True

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    hook: Mapped[str] = mapped_column(String(120), primary_key=True)
    reason: Mapped[str] = mapped_column(String(400))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class PluginCost(Model):
    """What one plugin cost in one hook on one day, summed over all processes."""

    __tablename__ = "plugin_cost"

    day: Mapped[date] = mapped_column(primary_key=True)
    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    hook: Mapped[str] = mapped_column(String(120), primary_key=True)
    calls: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    slowest: Mapped[float] = mapped_column(default=0.0)
    last_error: Mapped[str] = mapped_column(String(400), default="")
