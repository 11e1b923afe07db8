"""The sockets' server: Flask-SocketIO over websocket alone, with limits that its parts leave open."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import simple_websocket
from flask import Flask

if TYPE_CHECKING:
    from flask_socketio import SocketIO

#: A page says where it is, and that its reader writes: nothing it says is long (T-45).
LONGEST_MESSAGE: Final = 2048
#: A peer that says nothing for both together is gone.
PING_SECONDS: Final = 20


class _Daemon(Thread):
    """A thread that the end of the process does not wait for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, daemon=True)


class WebSocket:
    """One websocket as the engine wants it: no long messages, no waiting for dead peers, and closed means closed."""

    def __init__(self, talk: Callable[[WebSocket], Any], server: Any) -> None:
        self._talk = talk

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Hold the socket until it ends; then say so in the way that the WSGI server understands."""
        self._socket = simple_websocket.Server(environ, max_message_size=LONGEST_MESSAGE, thread_class=_Daemon)
        answer = self._talk(self)
        if self._socket.mode == "gunicorn":
            raise StopIteration
        if self._socket.mode == "werkzeug":
            raise ConnectionError
        return answer

    @property
    def _sock(self) -> Any:
        # The engine sets a timeout on what has this name: a peer whose network went away holds no thread for long.
        return self._socket.sock

    def send(self, message: str) -> None:
        """Send, or raise ``OSError``."""
        try:
            self._socket.send(message)
        except simple_websocket.ConnectionClosed:
            raise OSError("the socket is closed") from None

    def wait(self) -> str | bytes | None:
        """The next message; ``None`` once the socket is closed."""
        try:
            received: str | bytes | None = self._socket.receive()
        except simple_websocket.ConnectionClosed:
            return None
        return received

    def close(self) -> None:
        """Say goodbye and hang up. The library's own way would leave the thread that reads waiting for the peer."""
        if self._socket.connected:
            with suppress(OSError, simple_websocket.ConnectionClosed):
                simple_websocket.ws.Base.close(self._socket)
        with suppress(OSError):
            self._socket.sock.shutdown(socket.SHUT_RDWR)


def socket_server(app: Flask, path: str) -> SocketIO:
    """A server of this app, made anew with it, listening at *path* behind whatever wraps ``app.wsgi_app`` next.

    The origin is the gate's to look at: the library is not to answer with headers that let others in.
    """
    # Imported here: its client, which nobody uses, opens a port while it is imported.
    from flask_socketio import SocketIO

    sockets = SocketIO(
        app,
        path=path.strip("/"),
        async_mode="threading",
        transports=["websocket"],
        cors_allowed_origins=[],
        manage_session=False,
        async_handlers=False,
        max_http_buffer_size=LONGEST_MESSAGE,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
    )
    engine = sockets.server.eio
    engine._async = {**engine._async, "websocket": WebSocket}
    return sockets


def send(sockets: SocketIO, sids: list[str], name: str, payload: dict[str, Any]) -> None:
    """Give one message to several pages: it is packed once."""
    sockets.server.emit(name, payload, to=sids)


def hang_up(sockets: SocketIO, eio_sid: str | None) -> None:
    """Close a socket without waiting for its peer."""
    engine = sockets.server.eio
    found = engine.sockets.get(eio_sid)
    if found is not None:
        found.close(wait=False, reason=engine.reason.SERVER_DISCONNECT)


def engine_id(sockets: SocketIO, sid: str) -> str | None:
    """The engine's name of a page's socket."""
    found: str | None = sockets.server.manager.eio_sid_from_sid(sid, "/")
    return found
