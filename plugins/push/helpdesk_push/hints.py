"""What is said to open pages: hints with ids, never a ticket's text (T-44); the page reads anew by its own right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from helpdesk_core.toolkit import Actor, JournalEvent, can
from helpdesk_push.seats import Rights, Seat

#: More tickets at once (a bulk change) are not named one by one.
MOST_NAMED: Final = 50
DISPATCH: Final = "core:ticket:dispatch"
#: What gives the bell a ticket or takes one from it, and may give or take rights.
_MOVING: Final = frozenset({"ticket.created", "ticket.changed", "ticket.transitioned"})

#: ``send(sids, name, payload)`` to those pages.
Send = Callable[[list[str], str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it travels between processes: ids, and whether customers may know of it."""

    event: int
    name: str
    ticket: int
    customer: bool

    @classmethod
    def of(cls, events: Iterable[JournalEvent]) -> list[Told]:
        """What is told of *events*; those of no ticket are left out."""
        return [
            cls(event=one.id, name=one.name, ticket=one.ticket_id, customer=one.audience == "customer")
            for one in events
            if one.ticket_id is not None
        ]

    def packed(self) -> dict[str, Any]:
        """As a JSON value."""
        return asdict(self)


def moved(told: Iterable[Told]) -> set[int]:
    """The tickets that others may read now than before."""
    return {one.ticket for one in told if one.name in _MOVING}


class Hints:
    """Tells each page what concerns it, as far as its reader may know at this moment."""

    def __init__(self, rights: Rights, send: Send) -> None:
        self._rights = rights
        self._send = send

    def tell(self, told: Sequence[Told], seats: Sequence[Seat]) -> list[Seat]:
        """Hint at *told* to *seats*; returns those whose right to their ticket has ended. Needs an app context."""
        together: dict[tuple[Actor, str, int | None], list[Seat]] = {}
        for seat in seats:
            together.setdefault((seat.actor, seat.place, seat.ticket_id), []).append(seat)
        alike: dict[tuple[tuple[int, ...], int], list[str]] = {}
        gone: list[Seat] = []
        for (actor, _place, ticket_id), group in together.items():
            mine = [one for one in told if _concerns(one, group[0])]
            if not mine:
                continue
            readable = self._rights.readable(actor, {one.ticket for one in mine})
            if ticket_id is not None and not readable:
                gone.extend(group)
            elif readable:
                last = max(one.event for one in mine if one.ticket in readable)
                key = (tuple(sorted(readable)[: MOST_NAMED + 1]), last)
                alike.setdefault(key, []).extend(seat.sid for seat in group)
        for (tickets, last), sids in alike.items():
            # Everybody who hears the same gets one packet, packed once.
            hint = {"tickets": list(tickets), "last": last}
            self._send(sids, "hint", hint if len(tickets) <= MOST_NAMED else {"again": True})
        self._ring(told, seats)
        return gone

    def ended(self, seats: Sequence[Seat]) -> list[Seat]:
        """Those at a ticket that they may no longer read, though nothing happened there: one query for each person."""
        tickets: dict[Actor, set[int]] = {}
        for seat in seats:
            if seat.ticket_id is not None:
                tickets.setdefault(seat.actor, set()).add(seat.ticket_id)
        readable = {actor: self._rights.readable(actor, wanted) for actor, wanted in tickets.items()}
        return [seat for seat in seats if seat.ticket_id is not None and seat.ticket_id not in readable[seat.actor]]

    def look_again(self, seats: Sequence[Seat]) -> None:
        """Something may have been missed: everybody is to read anew from the last event he knows."""
        if seats:
            self._send([seat.sid for seat in seats], "hint", {"again": True})

    def answering(self, ticket_id: int, names: dict[int, str], seats: Sequence[Seat]) -> None:
        """Tell colleagues at the ticket who else is answering; customers never learn it (T-44)."""
        for seat in _colleagues_at(ticket_id, seats):
            if self._rights.readable(seat.actor, (ticket_id,)):
                others = [name for person, name in sorted(names.items()) if person != seat.actor.id]
                self._send([seat.sid], "answering", {"people": others})

    def _ring(self, told: Sequence[Told], seats: Sequence[Seat]) -> None:
        tickets = moved(told)
        if not tickets:
            return
        ringing = [
            seat.sid
            for seat in seats
            if seat.bell and can(seat.actor, DISPATCH) and self._rights.readable(seat.actor, tickets)
        ]
        if ringing:
            self._send(ringing, "bell", {})


def _concerns(one: Told, seat: Seat) -> bool:
    if not one.customer and not seat.is_colleague:
        return False
    return seat.place == "list" or (seat.place == "ticket" and seat.ticket_id == one.ticket)


def _colleagues_at(ticket_id: int, seats: Iterable[Seat]) -> Iterator[Seat]:
    return (seat for seat in seats if seat.is_colleague and seat.ticket_id == ticket_id)
