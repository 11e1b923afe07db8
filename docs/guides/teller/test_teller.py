"""The other system hears of each ticket under one key, also when it answers badly at first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask import Flask
from teller import GREET, TellerPlugin

from helpdesk_core.testing import Clock, Desk, run_jobs
from helpdesk_core.toolkit import enqueue, unit_of_work

pytestmark = pytest.mark.helpdesk(plugins=[TellerPlugin])


class OtherSystem(HTTPServer):
    """Answers with ``status`` and remembers the keys it was given."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.keys: list[str] = []


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.append(self.headers["Idempotency-Key"])
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherSystem]:
    with OtherSystem() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TELLER_URL", f"http://127.0.0.1:{server.server_port}/")
        yield server
        server.shutdown()


def test_it_hears_of_each_ticket(app: Flask, desk: Desk, other: OtherSystem) -> None:
    desk.ticket()
    desk.ticket()
    run_jobs(app)
    assert len(set(other.keys)) == len(other.keys) == 2


def test_a_failure_is_tried_again_under_the_same_key(app: Flask, desk: Desk, other: OtherSystem, clock: Clock) -> None:
    desk.ticket()
    other.status = 503
    run_jobs(app)
    other.status = 200
    clock.advance(minutes=1)
    run_jobs(app)
    assert len(other.keys) == 2
    assert len(set(other.keys)) == 1


def test_a_refusal_is_not(app: Flask, desk: Desk, other: OtherSystem, clock: Clock) -> None:
    desk.ticket()
    other.status = 422
    run_jobs(app)
    clock.advance(days=1)
    run_jobs(app)
    assert len(other.keys) == 1


def test_it_is_greeted(app: Flask, other: OtherSystem) -> None:
    with app.app_context(), unit_of_work() as session:
        enqueue(session, GREET, {"slot": "now"})
    run_jobs(app)
    assert len(other.keys) == 1
