"""Requests sent at the same moment, each by a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

T = TypeVar("T")

#: How often a race is run: a few times in every test run, 200 times in the long one.
ROUNDS = pytest.mark.parametrize(
    "rounds", [pytest.param(3, id="short"), pytest.param(200, id="long", marks=pytest.mark.long)]
)


def at_once(actions: Sequence[Callable[[], T]]) -> list[T]:
    """What the actions return; all of them begin at the same moment, and one that raises fails the test."""
    start = Barrier(len(actions), timeout=60)

    def run(action: Callable[[], T]) -> T:
        start.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(run, action) for action in actions]]
