"""Who is connected to this process, and what each may hear now."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from helpdesk_core.toolkit import Actor, ActorKind, can_many

READ: Final = "core:ticket:read"
#: For how long an answer of the policy holds: a right that ended is felt within this time and a message (T-43).
RIGHT_SECONDS: Final = 2.0
_MOST_TICKETS: Final = 2000

#: Kind and number of an actor.
Person = tuple[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One open page: ``place`` is a list of tickets, one ticket, or neither (only the bell)."""

    sid: str
    actor: Actor
    session_id: int
    place: str = ""
    ticket_id: int | None = None
    bell: bool = False

    @property
    def is_colleague(self) -> bool:
        """Whether an employee sits there."""
        return self.actor.kind is ActorKind.EMPLOYEE


class Seats:
    """The open pages of this process; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_sid: dict[str, Seat] = {}

    def take(self, seat: Seat) -> None:
        """Let *seat* hear."""
        with self._lock:
            self._by_sid[seat.sid] = seat

    def leave(self, sid: str) -> Seat | None:
        """Let nobody hear at *sid* any more; returns who sat there."""
        with self._lock:
            return self._by_sid.pop(sid, None)

    def get(self, sid: str) -> Seat | None:
        """Who sits at *sid*."""
        return self._by_sid.get(sid)

    def all(self) -> list[Seat]:
        """Everybody, as of now."""
        with self._lock:
            return list(self._by_sid.values())

    def __len__(self) -> int:
        return len(self._by_sid)


class Places:
    """How many sockets there may be, in all and for one person: each holds a thread."""

    def __init__(self, most: int, most_for_one: int) -> None:
        self.most = most
        self._most_for_one = most_for_one
        self._lock = threading.Lock()
        self._taken: Counter[Person] = Counter()

    def take(self, actor: Actor) -> bool:
        """Whether there is a place for *actor*; it is taken then, and given back with ``give_back``."""
        person = (actor.kind.value, actor.id)
        with self._lock:
            if self._taken.total() >= self.most or self._taken[person] >= self._most_for_one:
                return False
            self._taken[person] += 1
            return True

    def give_back(self, actor: Actor) -> None:
        """Let another one have the place."""
        person = (actor.kind.value, actor.id)
        with self._lock:
            self._taken[person] -= 1
            if self._taken[person] <= 0:
                del self._taken[person]

    @property
    def taken(self) -> int:
        """How many sockets are open."""
        with self._lock:
            return self._taken.total()


class Rights:
    """Answers of the policy, remembered for ``RIGHT_SECONDS``: one query for each person and set of tickets."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[int, dict[Person, tuple[float, bool]]] = {}

    def forget(self, ticket_ids: Iterable[int]) -> None:
        """Ask anew about these tickets: what happened there may have given or taken rights."""
        for ticket_id in ticket_ids:
            self._known.pop(ticket_id, None)

    def readable(self, actor: Actor, ticket_ids: Collection[int]) -> frozenset[int]:
        """Those of the tickets that *actor* may read; needs an app context."""
        now, person = self._clock(), (actor.kind.value, actor.id)
        found, asked = set(), []
        for ticket_id in ticket_ids:
            until, allowed = self._known.get(ticket_id, {}).get(person, (0.0, False))
            if until <= now:
                asked.append(ticket_id)
            elif allowed:
                found.add(ticket_id)
        if asked:
            found |= self._ask(actor, asked, now + RIGHT_SECONDS)
        return frozenset(found)

    def _ask(self, actor: Actor, ticket_ids: Collection[int], until: float) -> set[int]:
        if len(self._known) > _MOST_TICKETS:
            self._known.clear()
        rights = can_many(actor, [READ], ticket_ids)
        found = {ticket_id for ticket_id in ticket_ids if READ in rights.get(ticket_id, ())}
        for ticket_id in ticket_ids:
            self._known.setdefault(ticket_id, {})[actor.kind.value, actor.id] = (until, ticket_id in found)
        return found
