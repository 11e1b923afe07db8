"""Who is answering which ticket just now: forgotten within seconds, written nowhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

#: A page repeats that its reader is writing more often than this.
SECONDS: Final = 9.0


class Presence:
    """The colleagues who are writing, by ticket."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[tuple[int, int], tuple[float, str]] = {}

    def note(self, ticket_id: int, person_id: int, name: str, *, writing: bool) -> bool:
        """Remember that somebody writes, or has ceased to; whether that is news."""
        key = (ticket_id, person_id)
        with self._lock:
            known = key in self._until and self._until[key][0] > self._clock()
            if writing:
                self._until[key] = (self._clock() + SECONDS, name)
            else:
                self._until.pop(key, None)
        return known != writing

    def at(self, ticket_id: int) -> dict[int, str]:
        """Names of those who are writing there, by the number of the employee."""
        now = self._clock()
        with self._lock:
            return {
                person: name
                for (ticket, person), (until, name) in self._until.items()
                if ticket == ticket_id and until > now
            }

    def expired(self) -> set[int]:
        """The tickets at which somebody fell silent without saying so; forgets them."""
        now = self._clock()
        with self._lock:
            over = [key for key, (until, _name) in self._until.items() if until <= now]
            for key in over:
                del self._until[key]
        return {ticket for ticket, _person in over}
