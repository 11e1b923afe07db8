"""Live pages under load, beside a bare python-socketio server in the same run: ``python bench/push.py``.

Needs Redis (``HELPDESK_TEST_REDIS_URL``, else the standard port) and Chromium. Three measures: how long a comment takes
from the writer to another worker's page, in the page; plain requests beside 500 sockets on one process; messages a
second to 500 pages against the bare server. Limits are printed beside the numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import Any

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.users.models import Employee
from tests.browser.serving import Site, live_site, redis_or_none

SOCKETS = 500
PEOPLE = 50
MEDIAN_MS, P95_MS, PAGE_MS, RATIO = 50, 150, 300, 0.8
_BARE = """
import socketio
sio = socketio.Server(async_mode="threading", transports=["websocket"], cors_allowed_origins=[], ping_interval=20,
                      ping_timeout=20, async_handlers=False)
@sio.event
def connect(sid, environ, auth=None):
    sio.enter_room(sid, "ticket 1")
def emit(environ, start_response):
    sio.emit("hint", {"tickets": [1], "last": 815}, room="ticket 1")
    start_response("204 No Content", [])
    return []
application = socketio.WSGIApp(sio, emit, socketio_path="push/socket")
"""


class Crowd:
    """Many open pages in one thread; counts the messages that each has got."""

    def __init__(self, address: str, cookies: Sequence[str], hello: dict[str, Any], count: int) -> None:
        self._host, _, port = address.partition(":")
        self._port = int(port)
        self._cookies, self._hello, self._count = cookies, hello, count
        self.got = [0] * count
        self.open = 0
        self.lost = 0
        self._loop = asyncio.new_event_loop()
        self._ready, self._stop = Event(), asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        if not self._ready.wait(300) or self.open < self._count:
            raise RuntimeError(f"only {self.open} of {self._count} pages came in")
        return self

    def __exit__(self, *_failure: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)

    async def _run(self) -> None:
        tasks = []
        for number in range(self._count):
            tasks.append(asyncio.create_task(self._page(number)))
            if number % 10 == 9:
                await asyncio.sleep(0.1)
        end = time.monotonic() + 240
        while self.open < self._count and time.monotonic() < end:
            await asyncio.sleep(0.05)
        self._ready.set()
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _page(self, number: int) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        cookie = self._cookies[number % len(self._cookies)]
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /push/socket/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Origin: http://{self._host}:{self._port}\r\nCookie: {cookie}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(head.decode())
        self._say(writer, "40" + json.dumps(self._hello))
        try:
            while True:
                text = await _frame(reader)
                if text == "2":
                    self._say(writer, "3")
                elif text.startswith("40"):
                    self.open += 1
                elif text.startswith('42["hint"'):
                    self.got[number] += 1
        except (OSError, asyncio.IncompleteReadError):
            self.lost += 1
        finally:
            writer.close()

    @staticmethod
    def _say(writer: asyncio.StreamWriter, text: str) -> None:
        data, mask = text.encode(), os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big")
        writer.write(b"\x81" + size + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))


async def _frame(reader: asyncio.StreamReader) -> str:
    head = await reader.readexactly(2)
    size = head[1] & 0x7F
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    data = await reader.readexactly(size)
    if head[0] & 0x0F == 8:
        raise OSError("closed")
    return data.decode()


# --- plain requests beside the sockets ---


@dataclass
class Beside:
    """Milliseconds of plain requests, and how the sockets fared meanwhile."""

    times: list[float]
    lost: int
    hints: int

    @property
    def median(self) -> float:
        """Half of the requests were faster."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """Nineteen of twenty were faster."""
        return sorted(self.times)[int(len(self.times) * 0.95)]


def people(site: Site, count: int) -> list[str]:
    """Cookies of *count* colleagues."""
    from sqlalchemy import select

    from helpdesk_core.access.models import EmployeeRole, Role

    made = []
    with site.app.app_context(), unit_of_work() as session:
        role_id = session.scalars(select(Role.id).where(Role.key == "core.lead")).one()
        for number in range(count):
            employee = Employee(name=f"Colleague {number}", email=f"c{number}@example.test", created_at=utcnow())
            session.add(employee)
            session.flush()
            session.add(EmployeeRole(employee_id=employee.id, role_id=role_id))
            made.append(Actor(ActorKind.EMPLOYEE, employee.id, employee.name))
    return [site.cookie(actor) for actor in made]


def beside_sockets(
    site: Site, base: str, cookies: Sequence[str], *, sockets: int = SOCKETS, seconds: float = 30
) -> Beside:
    """Ask for a ticket's news and the list again and again while *sockets* pages hear five comments a second."""
    ticket_id = site.ticket()
    times: list[float] = []
    stop = Event()

    def comment() -> None:
        while not stop.wait(0.2):
            site.comment(ticket_id, "Five a second")

    with Crowd(base, cookies, {"place": "ticket", "ticket": ticket_id}, sockets) as crowd:
        writer = Thread(target=comment)
        writer.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            times.append(_asked(base, cookies[0], f"/push/news?after=0&ticket={ticket_id}"))
            time.sleep(0.02)
        stop.set()
        writer.join()
        return Beside(times, crowd.lost, sum(crowd.got))


def _asked(base: str, cookie: str, path: str) -> float:
    connection = HTTPConnection(base, timeout=60)
    started = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie, "Accept": "application/json"})
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - started) * 1000
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return took


# --- fan-out ---


def messages_a_second(crowd: Crowd, say: Callable[[], object], rounds: int) -> float:
    """Say one thing, wait until everybody has it, and again; the median round decides."""
    took = []
    for _round in range(rounds):
        goal = [one + 1 for one in crowd.got]
        started = time.perf_counter()
        say()
        while any(has < wanted for has, wanted in zip(crowd.got, goal, strict=True)):
            if time.perf_counter() - started > 60:
                raise RuntimeError("a message did not arrive")
            time.sleep(0.001)
        took.append(time.perf_counter() - started)
        time.sleep(0.05)
    return len(crowd.got) / statistics.median(took)


@contextmanager
def bare_server(folder: Path, sockets: int) -> Iterator[str]:
    """The bare server, under gunicorn as ours is."""
    (folder / "bare_sockets.py").write_text(_BARE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-k", "gthread", "--threads",
               str(sockets + 8), "bare_sockets:application"]  # fmt: skip
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def fan_out(site: Site, base: str, cookies: Sequence[str], *, sockets: int = SOCKETS, rounds: int = 40) -> float:
    """Our messages a second over the bare server's; both serve, the two take turns."""
    ticket_id = site.ticket()
    board = site.app.extensions["helpdesk_push"]
    packed = {"event": 815, "name": "comment.added", "ticket": ticket_id, "customer": True}

    def ours() -> None:
        board.bus.publish({"told": [packed]})

    with bare_server(site.folder, sockets) as bare:

        def theirs() -> None:
            connection = HTTPConnection(bare, timeout=60)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()

        with Crowd(base, cookies, {"place": "ticket", "ticket": ticket_id}, sockets) as here:
            mine = [messages_a_second(here, ours, rounds // 2)]
            with Crowd(bare, [""], {}, sockets) as there:
                other = [messages_a_second(there, theirs, rounds // 2)]
                mine.append(messages_a_second(here, ours, rounds // 2))
                other.append(messages_a_second(there, theirs, rounds // 2))
    print(f"messages a second to {sockets} pages: {max(mine):.0f}, bare {max(other):.0f}")
    return max(mine) / max(other)


# --- in the page ---

_WATCH = """() => {
  window.took = [];
  new MutationObserver(() => {
    document.querySelectorAll('#ticket-timeline [data-entry="comment"] .prose').forEach((said) => {
      const found = /sent at (\\d+)/.exec(said.textContent);
      if (found && !said.dataset.seen) { said.dataset.seen = '1'; window.took.push(Date.now() - Number(found[1])); }
    });
    document.body.dataset.took = window.took.length;
  }).observe(document.getElementById('ticket-timeline'), {childList: true, subtree: true});
}"""


def in_the_page(site: Site, page: Any, base: str, *, comments: int = 50) -> list[float]:
    """Milliseconds from before a comment was written, by another process, until a page of a worker showed it."""
    ticket_id = site.ticket(assignee_id=site.desk.lead.id)
    page.goto(f"http://{base}/tickets/{ticket_id}")
    page.locator('#push[data-state="connected"]').wait_for(state="attached", timeout=60_000)
    page.evaluate(_WATCH)
    for number in range(comments + 1):  # the first one connects the writer to Redis
        site.comment(ticket_id, f"{number} sent at {int(time.time() * 1000)}")
        page.locator(f'body[data-took="{number + 1}"]').wait_for(timeout=60_000)
        page.wait_for_timeout(200)
    took: list[float] = page.evaluate("window.took")
    return took[1:]


def page_of(chromium: Any, base: str, cookie: str) -> Any:
    """A browser window of whoever has *cookie*."""
    name, _, value = cookie.partition("=")
    context = chromium.new_context(viewport={"width": 1360, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": f"http://{base}/"}])
    return context.new_page()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=SOCKETS)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    redis_url = redis_or_none()
    if redis_url is None:
        sys.exit("no Redis answers; name one in HELPDESK_TEST_REDIS_URL")
    with (
        tempfile.TemporaryDirectory() as folder,
        live_site(Path(folder), redis_url=redis_url, sockets=options.sockets + 10) as site,
    ):
        cookies = people(site, PEOPLE)
        with site.serve() as server:
            base = server.base.partition("//")[2]
            beside = beside_sockets(site, base, cookies, sockets=options.sockets, seconds=options.seconds)
            print(
                f"plain requests beside {options.sockets} sockets: median {beside.median:.0f} ms (limit {MEDIAN_MS}), "
                f"95th percentile {beside.p95:.0f} ms (limit {P95_MS}); "
                f"{beside.hints} hints, {beside.lost} sockets lost",
                flush=True,
            )
            ratio = fan_out(site, base, cookies, sockets=options.sockets)
            print(f"fan-out against the bare server: {ratio:.2f} (at least {RATIO})")
        with site.serve("--workers", "2") as server:
            from playwright.sync_api import sync_playwright

            base = server.base.partition("//")[2]
            with sync_playwright() as playwright:
                path = os.environ.get("HELPDESK_TEST_CHROMIUM", "/usr/bin/chromium")
                chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
                took = in_the_page(site, page_of(chromium, base, site.cookie(site.desk.lead)), base)
                chromium.close()
            print(f"a comment in the other worker's page: median {statistics.median(took):.0f} ms (limit {PAGE_MS}), "
                  f"slowest {max(took):.0f} ms, of {len(took)}")  # fmt: skip


if __name__ == "__main__":
    main()
