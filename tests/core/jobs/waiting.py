"""Waiting for other threads and processes."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(true: Callable[[], object], *, seconds: float = 20) -> None:
    """Return when *true* is; fails after *seconds*."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
