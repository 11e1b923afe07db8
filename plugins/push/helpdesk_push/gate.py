"""The gate before the sockets: who may not come in is refused before anything is opened for him.

The question is asked as a request of its own through the whole application, so a socket's visitor passes the same
guards as any page's: session, host, rights. A socket then holds a thread and nothing else; no request, no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from flask import request
from werkzeug.test import run_wsgi_app

from helpdesk_core.toolkit import Actor, current_actor, current_session_id, reading
from helpdesk_push.options import read_options
from helpdesk_push.seats import Places

#: Where pages connect, below the plugin's own path.
SOCKET: Final = "/push/socket/"
ADMISSION: Final = "/push/admission"
VISITOR: Final = "helpdesk_push.visitor"

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
_STATUS: Final = {400: "400 Bad Request", 401: "401 Unauthorized", 403: "403 Forbidden", 503: "503 Service Unavailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who came through the gate."""

    actor: Actor
    session_id: int


class Gate:
    """WSGI: sockets pass to *sockets* once *pages* has admitted the visitor and there is a place for him."""

    def __init__(self, pages: Application, sockets: Application, places: Places, is_open: Callable[[], bool]) -> None:
        self._pages = pages
        self._sockets = sockets
        self._places = places
        self._is_open = is_open

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer a page's request, or hold a socket until it ends."""
        if not environ.get("PATH_INFO", "").startswith(SOCKET):
            return self._pages(environ, start_response)
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            return _refuse(400, start_response)
        if not self._is_open():
            return _refuse(503, start_response)
        status, visitor = self._admitted(environ)
        if visitor is None:
            return _refuse(status, start_response)
        if not self._places.take(visitor.actor):
            return _refuse(503, start_response)
        try:
            return self._sockets({**environ, VISITOR: visitor}, start_response)
        finally:
            self._places.give_back(visitor.actor)

    def _admitted(self, environ: Environ) -> tuple[int, Visitor | None]:
        asked = {key: value for key, value in environ.items() if key not in ("HTTP_UPGRADE", "HTTP_CONNECTION")}
        # Accepting JSON: without a session the answer is 401, not the way to the login page.
        asked |= {"PATH_INFO": ADMISSION, "REQUEST_METHOD": "GET", "QUERY_STRING": ""}
        asked["HTTP_ACCEPT"] = "application/json"
        admitted: list[Visitor] = []
        asked[VISITOR] = admitted
        _body, status, _headers = run_wsgi_app(self._pages, asked, buffered=True)
        code = int(status.split(" ", 1)[0])
        if code == 204 and admitted:
            return code, admitted[0]
        return (code if code in _STATUS else 403), None


def admit() -> int:
    """Answer the gate's question, inside its request: 204 and a visitor, or the status of a refusal."""
    with reading() as session:
        if not read_options(session).live:
            return 503
    session_id = current_session_id()
    if session_id is None or not _ours(request.headers.get("Origin", "")):
        return 403
    admitted = request.environ.get(VISITOR)
    if isinstance(admitted, list):  # the gate asks, not a browser
        admitted.append(Visitor(actor=current_actor(), session_id=session_id))
    return 204


def _ours(origin: str) -> bool:
    """T-42, T-45: only pages of this site connect. The host was checked as that of any page."""
    return bool(origin) and urlsplit(origin).netloc.lower() == request.host.lower()


def _refuse(status: int, start_response: Any) -> Iterable[bytes]:
    start_response(_STATUS[status], [("Content-Type", "text/plain"), ("Content-Length", "0"), ("Connection", "close")])
    return [b""]
