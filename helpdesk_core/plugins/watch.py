"""Every serving process watches the set of plugins; one of them has the server take a new one up.

Code is never loaded into a running process: the server's workers are restarted, and the new ones make their apps anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Final

import structlog
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from helpdesk_core.db.session import db, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.plugins.active import ACTIVE, stored_generation
from helpdesk_core.plugins.costs import save_costs
from helpdesk_core.plugins.models import PluginReload

#: How often a process looks, in seconds.
INTERVAL: Final = 1.0
#: How often it stores what plugins cost, in seconds.
SAVING: Final = 15.0
#: A claim whose signal was lost (its process died in between) is taken over after this time.
PATIENCE: Final = timedelta(seconds=20)
_KEPT: Final = timedelta(days=30)
_STOPPING: Final = "helpdesk_when_stopping"

_log = structlog.get_logger(__name__)


def watch(app: Flask, *, server: str, reload: Callable[[], None], alive: Callable[[], bool]) -> Thread:
    """Look once a second whether the set has changed since *app* was made; one process per *server* calls *reload*.

    *server* names the processes that one signal reaches; *alive* is false when this one is about to end.
    """
    thread = Thread(target=_run, args=(app, server, reload, alive), name="plugin-watch", daemon=True)
    thread.start()
    return thread


def when_stopping(app: Flask, step: Callable[[], None]) -> None:
    """Call *step* within seconds once this serving process is to end: whoever keeps a connection open lets go of it.

    A server waits for what it is answering before it ends; without this it would wait for open connections.
    """
    app.extensions.setdefault(_STOPPING, []).append(step)


def _stop(app: Flask) -> None:
    for step in app.extensions.get(_STOPPING, ()):
        try:
            step()
        except Exception as error:  # the others are told all the same
            _log.warning("a part could not be stopped", error=str(error))


def claim_reload(app: Flask, server: str, generation: int) -> bool:
    """Whether it is this process that reloads *server* for *generation*: a row in the database decides."""
    now = utcnow()
    try:
        with app.app_context(), unit_of_work() as session:
            row = session.get(PluginReload, (server, generation), with_for_update=True)
            if row is not None and row.claimed_at > now - PATIENCE:
                return False
            if row is None:
                session.add(PluginReload(server=server, generation=generation, claimed_at=now))
            else:
                row.claimed_at = now
            session.flush()
            session.execute(delete(PluginReload).where(PluginReload.claimed_at < now - _KEPT))
        return True
    except IntegrityError:  # another one was faster
        return False


def _run(app: Flask, server: str, reload: Callable[[], None], alive: Callable[[], bool]) -> None:
    saved = time.monotonic()
    while alive():
        time.sleep(INTERVAL)
        try:
            _look(app, server, reload, alive)
            if time.monotonic() - saved > SAVING:
                saved = time.monotonic()
                save_costs(app)
        except Exception as error:  # the database may be away for a while; the watch goes on
            _log.warning("the set of plugins cannot be watched", error=str(getattr(error, "orig", error)))
    _stop(app)


def _look(app: Flask, server: str, reload: Callable[[], None], alive: Callable[[], bool]) -> None:
    with app.app_context(), db.engine.connect() as connection:
        generation = stored_generation(connection)
    if generation != app.extensions[ACTIVE].generation and alive() and claim_reload(app, server, generation):
        _log.info("the set of plugins has changed", generation=generation)
        reload()
