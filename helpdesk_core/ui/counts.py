"""The numbers beside the menu's entries: a feature counts, the shell shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.db.session import reading

#: Counting stops here; the menu then says "99+".
COUNT_LIMIT: Final = 100
_SECONDS: Final = 20.0
_KEPT: Final = 2000
_EXTENSION: Final = "helpdesk_nav_counts"

#: Counts for one reader, by key of the menu's entry.
CountProvider = Callable[[Session, Actor], Mapping[str, int]]


class _Counts:
    """The provider of one app and what it last said to whom."""

    def __init__(self, provider: CountProvider) -> None:
        self.provider = provider
        self.known: dict[tuple[str, int | None], tuple[float, Mapping[str, int]]] = {}
        self.lock = threading.Lock()


def provide_counts(app: Flask, provider: CountProvider) -> None:
    """Let *provider* count for the menu of *app*.

    It is asked at most every 20 seconds for each reader, and anew after each of his changes.
    """
    app.extensions[_EXTENSION] = _Counts(provider)
    app.after_request(_forget_after_change)


def _forget_after_change(response: Response) -> Response:
    if request.method not in ("GET", "HEAD", "OPTIONS") and "actor" in g:
        forget_counts(g.actor)
    return response


def nav_counts(actor: Actor) -> Mapping[str, int]:
    """What stands beside the menu's entries for *actor*, none above ``COUNT_LIMIT``."""
    counts: _Counts | None = current_app.extensions.get(_EXTENSION)
    if counts is None:
        return {}
    key, now = (actor.kind.value, actor.id), time.monotonic()
    found = counts.known.get(key)
    if found is not None and found[0] > now:
        return found[1]
    with reading() as session:
        values = counts.provider(session, actor)
    with counts.lock:
        if len(counts.known) >= _KEPT:
            counts.known.clear()
        counts.known[key] = (now + _SECONDS, values)
    return values


def forget_counts(actor: Actor) -> None:
    """Count anew for *actor* at his next page."""
    counts: _Counts | None = current_app.extensions.get(_EXTENSION)
    if counts is not None:
        with counts.lock:
            counts.known.pop((actor.kind.value, actor.id), None)
