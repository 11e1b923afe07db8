"""Live pages without a browser, for tests of this and of other plugins."""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import simple_websocket

from helpdesk_push.gate import SOCKET

#: How long a test waits for what must come; long, for machines are slow and nothing is measured here.
PATIENCE: Final = 30.0
_PATH: Final = f"{SOCKET}?EIO=4&transport=websocket"


class _Daemon(threading.Thread):
    """A thread that the end of the tests does not wait for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, daemon=True)


class OpenPage:
    """One socket, read by a thread of its own."""

    def __init__(self, socket: Any, hello: object, *, say_hello: bool = True) -> None:
        self.said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.joined: bool | None = None
        self._socket = socket
        self._answered = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if say_hello:
            # At once: the library keeps a first message that came with the handshake until another one comes.
            socket.send("40" + json.dumps(hello))

    def _read(self) -> None:
        try:
            while True:
                self._take(str(self._socket.receive()))
        except simple_websocket.ConnectionClosed:
            pass
        finally:
            self._answered.set()
            self._ended.set()

    def _take(self, text: str) -> None:
        kind, rest = text[:1], text[1:]
        if kind == "2":
            self._socket.send("3")
        elif kind == "4":
            self._hear(rest)

    def _hear(self, text: str) -> None:
        if text[:1] in ("0", "4"):
            self.joined = text[:1] == "0"
            self._answered.set()
        elif text[:1] == "2":
            name, *values = json.loads(text[1:])
            self.said.put((name, values[0] if values else None))

    def wait_for_answer(self) -> OpenPage:
        """Wait until the page was let in or refused."""
        if not self._answered.wait(PATIENCE):
            raise AssertionError("the server did not answer")
        return self

    def say(self, name: str, value: object) -> None:
        """Send a message."""
        self._socket.send("42" + json.dumps([name, value]))

    def send_raw(self, text: str) -> None:
        """Send anything."""
        self._socket.send(text)

    def next(self, name: str | None = None, *, where: Callable[[Any], object] | None = None) -> Any:
        """The next message, or the next called *name* with the value that is looked for; others before are dropped."""
        end = time.monotonic() + PATIENCE
        while True:
            said, value = self.said.get(timeout=max(0.01, end - time.monotonic()))
            if (name is None or said == name) and (where is None or where(value)):
                return value

    def heard(self) -> list[tuple[str, Any]]:
        """Everything that has come so far."""
        found = []
        while not self.said.empty():
            found.append(self.said.get_nowait())
        return found

    def wait_for_end(self) -> None:
        """Wait until the socket is closed, by whichever side."""
        if not self._ended.wait(PATIENCE):
            raise AssertionError("the socket is still open")

    @property
    def is_open(self) -> bool:
        """Whether the socket is open."""
        return not self._ended.is_set()

    def close(self) -> None:
        """Leave the page."""
        if self.is_open:
            try:
                self._socket.close()
            except (OSError, simple_websocket.ConnectionClosed):
                return


def connect(address: str, cookie: str) -> Any:
    """A websocket to the helpdesk at *address*, from a page of it."""
    # The library leaves the port out of the Host header.
    headers = {"Origin": f"http://{address.partition(':')[0]}", "Cookie": cookie}
    return simple_websocket.Client.connect(f"ws://{address}{_PATH}", headers=headers, thread_class=_Daemon)


def refusal_of(address: str, cookie: str | None, *, origin: str | None = None) -> int:
    """The status with which a socket is refused; 101 where it was opened, and is closed again."""
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    headers["Origin"] = f"http://{address}" if origin is None else origin
    if cookie is not None:
        headers["Cookie"] = cookie
    with closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection:
        connection.request("GET", _PATH, headers=headers)
        with connection.getresponse() as response:
            return response.status


def open_page(address: str, cookie: str, hello: object) -> OpenPage:
    """Connect, say where the page is, and wait for the answer."""
    return OpenPage(connect(address, cookie), hello).wait_for_answer()
