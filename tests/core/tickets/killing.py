"""A process that registers tickets and dies, at each of its statements in turn: ``killing.py URL FOLDER EMPLOYEE``.

It makes the app once and forks for every request. The child dies by ``kill -9`` just before or just after one of the
statements, commits included, that a new ticket takes; another child then sends the same form again. What was answered
is printed as JSON: ``[[token, whether it died, where the second answer led], ...]``.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import signal
import sys
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.db.session import db
from helpdesk_core.testing import make_app, sign_in
from helpdesk_core.testing.apps import dispose
from tests.core.jobs.courier import CourierPlugin

CONTENT = b"what the till printed"


class Points:
    """Counts the places where a process can die, and dies at one of them."""

    def __init__(self) -> None:
        self.passed = 0
        self.deadly: int | None = None

    def listen(self, app: Flask) -> None:
        """Every statement has two places, before and after; and so has the commit."""
        with app.app_context():
            engine = db.engine
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(engine, name, self._pass)
        event.listen(Session, "after_commit", self._pass)

    def _pass(self, *_arguments: object) -> None:
        self.passed += 1
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def send(client: FlaskClient, points: Points, token: str, deadly: int | None) -> tuple[str, int] | None:
    """Send the form from a child; where it led and how many places it passed, ``None`` where the child died."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        points.passed, points.deadly = 0, deadly
        form = {"subject": f"Till {token}", "form_token": token, "files": (io.BytesIO(CONTENT), "till.txt")}
        answer = client.post("/tickets/new", data=form)
        os.write(writing, json.dumps([answer.location or answer.text[:500], points.passed]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return tuple(json.loads(said)) if said else None  # type: ignore[return-value]


def main(url: str, folder: str, employee: str) -> None:
    """Die at every place of a request."""
    app = make_app(url, Path(folder), plugins=[CourierPlugin])
    client = app.test_client()
    sign_in(app, client, Actor(ActorKind.EMPLOYEE, int(employee), "Ada Admin"))
    assert client.get("/tickets/new").status_code == 200
    points = Points()
    points.listen(app)
    dispose(app)  # no child may share a connection
    token = secrets.token_hex(16)
    whole = send(client, points, token, None)
    assert whole is not None
    told: list[tuple[str, bool, str]] = [(token, False, whole[0])]
    for deadly in range(1, whole[1] + 1):
        token = secrets.token_hex(16)
        died = send(client, points, token, deadly) is None
        again = send(client, points, token, None)
        assert again is not None
        told.append((token, died, again[0]))
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
