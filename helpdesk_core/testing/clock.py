"""A clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import time_machine


class Clock:
    """The time as the program sees it; it does not run by itself."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    @property
    def now(self) -> datetime:
        """The moment that ``utcnow()`` gives."""
        return datetime.now(UTC)

    def move_to(self, moment: datetime) -> None:
        """Set the clock; raises ``ValueError`` for a time without a zone."""
        if moment.tzinfo is None:
            raise ValueError("give the moment a time zone: datetime(2026, 3, 1, 9, tzinfo=UTC)")
        self._traveller.move_to(moment)

    def advance(self, by: timedelta | None = None, **units: float) -> datetime:
        """Let time pass and return the new moment: ``clock.advance(hours=2)``."""
        self._traveller.shift((by or timedelta()) + timedelta(**units))
        return self.now


@contextmanager
def stopped_clock(at: datetime | None = None) -> Iterator[Clock]:
    """Yield a clock that stands at *at* (now, to the second) until it is moved.

    The database's own clock goes on: code that stores moments takes them from ``utcnow()``.
    """
    with time_machine.travel(at or datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield Clock(traveller)
