"""The one object of an app that holds its sockets: who sits where, who tells whom."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, cast

import structlog
from flask import Flask, current_app, request

from helpdesk_core.toolkit import HelpdeskError, JournalEvent, get_ticket, live_sessions, reading
from helpdesk_push.bus import Bus, Message, bus_of
from helpdesk_push.gate import SOCKET, VISITOR, Gate, Visitor
from helpdesk_push.hints import Hints, Told, moved
from helpdesk_push.presence import Presence
from helpdesk_push.seats import Places, Rights, Seat, Seats
from helpdesk_push.sockets import engine_id, hang_up, send, socket_server

EXTENSION: Final = "helpdesk_push"
#: Sockets of one person, so that nobody can take all of them.
MOST_OF_ONE: Final = 12
#: How often sessions are looked at, and how long a socket may stay without saying where it is.
LOOK_SECONDS: Final = 2.0
SILENT_SECONDS: Final = 15.0
#: What one socket may say: so many messages at once, and so many a second in the long run.
_BURST, _RATE = 20.0, 2.0
_AT_ONCE: Final = 100
_TROUBLE_SECONDS: Final = 0.5

_log = structlog.get_logger(__name__)


def switchboard() -> Switchboard:
    """The current app's."""
    return cast(Switchboard, current_app.extensions[EXTENSION])


def hear(events: Sequence[JournalEvent]) -> None:
    """Tell the pages of the current app."""
    switchboard().hear(events)


class Switchboard:
    """Takes in what happened, and lets each open page know what concerns it."""

    def __init__(self, app: Flask, bus: Bus | None = None) -> None:
        self.app = app
        self.seats = Seats()
        self.rights = Rights()
        self.places = Places(app.config["HELPDESK_SOCKETS"], MOST_OF_ONE)
        self.presence = Presence()
        self.bus = bus or bus_of(app.config["HELPDESK_REDIS_URL"], str(app.config["SECRET_KEY"]))
        self._stopping = threading.Event()
        self._inbox: queue.Queue[Message] = queue.Queue()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._allowance: dict[str, tuple[float, float]] = {}
        self._silent: dict[str, float] = {}
        pages = app.wsgi_app
        self.sockets = socket_server(app, SOCKET)
        self.hints = Hints(self.rights, self._send)
        app.wsgi_app = Gate(pages, app.wsgi_app, self.places, self._is_open)  # type: ignore[method-assign]
        self.sockets.on_event("connect", self._connect)
        self.sockets.on_event("disconnect", self._disconnect)
        self.sockets.on_event("answering", self._answering)

    # --- what happened ---

    def hear(self, events: Sequence[JournalEvent]) -> None:
        """Pass on what was committed; returns at once."""
        told = Told.of(events)
        if told:
            self.rights.forget(moved(told))
            self._pass_on({"told": [one.packed() for one in told]})

    def _pass_on(self, message: Message) -> None:
        if len(self.seats):
            self._inbox.put(message)
        self.bus.publish(message)

    def stop(self) -> None:
        """Close every socket: the process is to end, and pages connect to another one."""
        self._stopping.set()
        self._inbox.put({})
        for eio_sid in list(self.sockets.server.eio.sockets):
            hang_up(self.sockets, eio_sid)

    def _is_open(self) -> bool:
        return not self._stopping.is_set()

    # --- the thread that tells ---

    def _begin(self) -> None:
        """Begin with the first page: a process without sockets has no threads for them."""
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="push", daemon=True)
                self._worker.start()
                self.bus.subscribe(self._inbox.put)

    def _work(self) -> None:
        looked = time.monotonic()
        while not self._stopping.is_set():
            messages = self._waiting()
            try:
                with self.app.app_context(), reading():
                    self._tell(messages)
                    if time.monotonic() - looked >= LOOK_SECONDS:
                        looked = time.monotonic()
                        self._look()
            except Exception as error:  # the database may be away for a while
                _log.warning("push: pages could not be told", error=str(getattr(error, "orig", error)), exc_info=error)
                # Nobody knows who heard what: everybody looks, with their own rights.
                self.hints.look_again(self.seats.all())
                self._stopping.wait(_TROUBLE_SECONDS)

    def _waiting(self) -> list[Message]:
        """What there is to tell, waiting for the next thing at most until it is time to look."""
        messages: list[Message] = []
        with suppress(queue.Empty):
            messages.append(self._inbox.get(timeout=LOOK_SECONDS if self.sockets.server.eio.sockets else None))
            while len(messages) < _AT_ONCE:
                messages.append(self._inbox.get_nowait())
        return messages

    def _tell(self, messages: Sequence[Message]) -> None:
        told: list[Told] = []
        seats = self.seats.all()
        for message in messages:
            match message:
                case {"told": list(packed)}:
                    told.extend(Told(**one) for one in packed)
                case {"answering": [int(ticket_id), int(person), str(name), bool(writing)]}:
                    if self.presence.note(ticket_id, person, name, writing=writing):
                        self.hints.answering(ticket_id, self.presence.at(ticket_id), seats)
                case {"arrived": str(sid)}:
                    self._greet(sid)
                case {"again": True}:
                    self.hints.look_again(seats)
        if told:
            self.rights.forget(moved(told))
            for seat in self.hints.tell(told, seats):
                self._turn_out(seat)

    def _greet(self, sid: str) -> None:
        seat = self.seats.get(sid)
        if seat is not None and seat.ticket_id is not None:
            self.hints.answering(seat.ticket_id, self.presence.at(seat.ticket_id), [seat])

    def _look(self) -> None:
        """End what has ended: sessions, sockets that never said where they are, colleagues who fell silent."""
        seats = self.seats.all()
        with reading() as session:
            alive = live_sessions(session, {seat.session_id for seat in seats})
        for seat in self.hints.ended(seats) + [seat for seat in seats if seat.session_id not in alive]:
            self._turn_out(seat)
        for ticket_id in self.presence.expired():
            self.hints.answering(ticket_id, self.presence.at(ticket_id), seats)
        self._close_silent()

    def _close_silent(self) -> None:
        now = time.monotonic()
        spoken = {engine_id(self.sockets, seat.sid) for seat in self.seats.all()}
        silent = set(self.sockets.server.eio.sockets) - spoken
        self._silent = {eio_sid: self._silent.get(eio_sid, now) for eio_sid in silent}
        for eio_sid, since in self._silent.items():
            if now - since > SILENT_SECONDS:
                hang_up(self.sockets, eio_sid)

    # --- sockets ---

    def _connect(self, auth: object = None) -> bool:
        """Let a page in that may be where it says it is; ``False`` refuses it."""
        visitor = request.environ.get(VISITOR)
        sid: str = request.sid  # type: ignore[attr-defined]  # the library's
        seat = _seat(sid, visitor, auth) if isinstance(visitor, Visitor) else None
        if seat is None or not _may_sit(seat):
            return False
        self.seats.take(seat)
        self._begin()
        if seat.is_colleague and seat.ticket_id is not None and self.presence.at(seat.ticket_id):
            self._inbox.put({"arrived": seat.sid})
        return True

    def _disconnect(self, _reason: object = None) -> None:
        sid: str = request.sid  # type: ignore[attr-defined]  # the library's
        self._allowance.pop(sid, None)
        seat = self.seats.leave(sid)
        if seat is not None and seat.ticket_id is not None and seat.is_colleague:
            self._say_answering(seat, writing=False)

    def _answering(self, writing: object = None) -> None:
        sid: str = request.sid  # type: ignore[attr-defined]  # the library's
        seat = self.seats.get(sid)
        if not self._may_speak(sid):
            hang_up(self.sockets, engine_id(self.sockets, sid))
        elif seat is not None and seat.is_colleague and seat.ticket_id is not None and isinstance(writing, bool):
            self._say_answering(seat, writing=writing)

    def _say_answering(self, seat: Seat, *, writing: bool) -> None:
        known = seat.actor.id in self.presence.at(seat.ticket_id or 0)
        if writing or known:
            self._pass_on({"answering": [seat.ticket_id, seat.actor.id, seat.actor.label, writing]})

    def _may_speak(self, sid: str) -> bool:
        """T-45: a socket that floods is closed."""
        now = time.monotonic()
        left, at = self._allowance.get(sid, (_BURST, now))
        left = min(_BURST, left + (now - at) * _RATE) - 1
        self._allowance[sid] = (left, now)
        return left >= 0

    def _turn_out(self, seat: Seat) -> None:
        self.seats.leave(seat.sid)
        self._send([seat.sid], "left", {})
        self.hang_up(seat)

    def _send(self, sids: list[str], name: str, payload: dict[str, Any]) -> None:
        send(self.sockets, sids, name, payload)

    def hang_up(self, seat: Seat) -> None:
        """Close the socket of *seat*; its page comes back if it may."""
        hang_up(self.sockets, engine_id(self.sockets, seat.sid))


def _seat(sid: str, visitor: Visitor, auth: object) -> Seat | None:
    """The seat that a page asks for: a list, one ticket, or only the bell; ``None`` for anything else."""
    if not isinstance(auth, dict):
        return None
    place, number = auth.get("place"), auth.get("ticket")
    ticket_id = number if place == "ticket" and type(number) is int and 0 < number < 2**31 else None
    if place not in ("list", "ticket", "") or (place == "ticket") != (ticket_id is not None):
        return None
    return Seat(
        sid=sid,
        actor=visitor.actor,
        session_id=visitor.session_id,
        place=place,
        ticket_id=ticket_id,
        bell=auth.get("bell") is True,
    )


def _may_sit(seat: Seat) -> bool:
    if seat.ticket_id is None:
        return True
    try:
        with reading() as session:
            get_ticket(session, seat.ticket_id, actor=seat.actor)
    except HelpdeskError:
        return False
    return True
