"""A helpdesk that runs in processes of its own, and somebody who asks it all the time."""

from __future__ import annotations

import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-c", "from helpdesk_core.cli import main; main()"]
WITHOUT_GUNICORN = [
    sys.executable, "-c", "import sys; sys.modules['gunicorn'] = None; from helpdesk_core.cli import main; main()",
]  # fmt: skip


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@dataclass
class Visitor:
    """A browser without keep-alive that follows no redirect."""

    base: str
    opener: Any = field(init=False)

    def __post_init__(self) -> None:
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(jar))

    def ask(self, path: str, form: dict[str, str] | None = None, seconds: float = 180) -> tuple[int, str]:
        """The status and the page."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(self.base + path, data=data, timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def send(self, path: str, **form: str) -> int:
        """Post a form with the token of the page before it."""
        _status, page = self.ask("/account" if path != "/login" else "/login")
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert token is not None, page[:500]
        return self.ask(path, {**form, "csrf_token": token[1]})[0]


@dataclass
class Server:
    """A running helpdesk."""

    base: str
    log: Path
    process: subprocess.Popen[bytes]

    def reloads(self) -> int:
        """How often its master was told to reload."""
        return self.log.read_text().count("Handling signal: hup")


def environment(url: str, data: Path, site: Path) -> dict[str, str]:
    """What a process of this helpdesk is started with."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HELPDESK_")}
    root = str(Path(__file__).resolve().parents[3])
    own = {"HELPDESK_DATABASE_URL": url, "HELPDESK_DATA_DIR": str(data), "HELPDESK_MAIL_URL": "null://"}
    return {**kept, **own, "PYTHONPATH": os.pathsep.join((str(site), root))}


def command(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run ``helpdesk`` with *arguments*."""
    return subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, text=True, timeout=240, check=False)


@contextmanager
def serving(env: dict[str, str], folder: Path, *options: str, program: list[str] = COMMAND) -> Iterator[Server]:
    """Serve until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "serve.log"
    with log.open("wb") as target:
        process = subprocess.Popen([*program, "serve", "--port", str(port), *options], env=env, stdout=target,
                                   stderr=subprocess.STDOUT)  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", log, process)
    try:
        until(lambda: _answers(server), 120)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    try:
        return Visitor(server.base).ask("/login", seconds=5)[0] == 200
    except OSError:
        return False


def until(condition: Any, seconds: float) -> float:
    """Wait until *condition* holds; returns how long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - started


@dataclass
class Load:
    """Asks the same pages twenty times a second; every answer with the moment it was asked for."""

    base: str
    paths: tuple[str, ...]
    answers: list[tuple[float, str, int | str]] = field(default_factory=list)

    def __enter__(self) -> Load:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def failed(self) -> list[tuple[float, str, int | str]]:
        """What was not answered, or with an error of the server."""
        return [one for one in self.answers if not isinstance(one[2], int) or one[2] >= 500]

    def last(self, path: str, status: int) -> float:
        """When *path* was last answered so, 0 when never."""
        return max((moment for moment, asked, got in self.answers if (asked, got) == (path, status)), default=0.0)

    def _run(self) -> None:
        threads: list[threading.Thread] = []
        while not self._stop.is_set():
            for path in self.paths:
                thread = threading.Thread(target=self._one, args=(path,))
                thread.start()
                threads.append(thread)
            self._stop.wait(len(self.paths) / 20)
        for thread in threads:
            thread.join()

    def _one(self, path: str) -> None:
        moment = time.time()
        try:
            status: int | str = Visitor(self.base).ask(path, seconds=60)[0]
        except OSError as error:
            status = repr(error)
        self.answers.append((moment, path, status))
