"""A process dies while it registers a ticket: the ticket is there as a whole or not at all, and never twice."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.jobs.models import Job
from helpdesk_core.jobs.queue import enqueue
from helpdesk_core.search.models import SearchDocument
from helpdesk_core.storage.local import storage
from helpdesk_core.testing import Desk, run_jobs
from helpdesk_core.testing.signing_in import PASSWORD, give_login, login_of
from helpdesk_core.tickets.models import Attachment, Ticket
from helpdesk_core.users.passwords import hash_password
from tests.architecture.source_rules import ROOT
from tests.core.jobs.courier import HEAR, CourierPlugin
from tests.core.plugin_life.running import Server, Visitor, environment, serving
from tests.core.tickets.killing import CONTENT

_TOKEN = re.compile(r'name="form_token"[^>]*value="(\w+)"')
_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_AT_ONCE = 4


def assert_whole(app: Flask, places: Mapping[str, str], *, subscriber: str | None) -> None:
    """I1, I4, I5: one whole ticket for each token, at the place that its form was led to, and nothing besides."""
    with reading() as session:
        tickets = session.scalars(select(Ticket)).all()
        events = session.scalars(select(EventRow).where(EventRow.ticket_id.is_not(None))).all()
        files = {row.ticket_id: row for row in session.scalars(select(Attachment))}
        found = list(session.scalars(select(SearchDocument.ticket_id)))
        deliveries = list(session.scalars(select(Job.dedup).where(Job.name == subscriber)))
    assert {ticket.form_token: f"/tickets/{ticket.id}" for ticket in tickets} == dict(places)
    assert len(tickets) == len(places)
    numbers = sorted(ticket.id for ticket in tickets)
    assert sorted(found) == numbers
    assert sorted(files) == numbers
    assert sorted(event.ticket_id or 0 for event in events) == numbers, "one line of history each"
    by_number = {event.ticket_id: event for event in events}
    for ticket in tickets:
        event, file = by_number[ticket.id], files[ticket.id]
        assert (event.name, event.ticket_version) == ("ticket.created", ticket.version)
        assert (event.after["subject"], event.after["status"]) == (ticket.subject, ticket.status_key)
        with storage().open(file.stored_name) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == file.sha256
        assert file.size == len(CONTENT)
    if subscriber is not None:
        assert sorted(deliveries) == sorted(f"{subscriber}#{event.id}" for event in events)


def assert_nothing_is_left_behind(app: Flask) -> None:
    """Files of those that died go a day later; not those of tickets."""
    yesterday = time.time() - 2 * 24 * 3600
    folder = Path(app.config["HELPDESK_DATA_DIR"]) / "attachments"
    for note in (folder / "pending").glob("*"):
        os.utime(note, (yesterday, yesterday))
    with unit_of_work() as session:
        enqueue(session, "tickets.abandoned_uploads")
        owned = set(session.scalars(select(Attachment.stored_name)))
    run_jobs(app)
    assert storage().names() == owned
    assert not any((folder / "pending").glob("*"))


@pytest.mark.helpdesk(plugins=[CourierPlugin])
def test_dying_at_any_statement_leaves_no_half_ticket(app: Flask, desk: Desk, folder: Path) -> None:
    """F-01, OK-008."""
    url, data = str(app.config["SQLALCHEMY_DATABASE_URI"]), str(app.config["HELPDESK_DATA_DIR"])
    command = [sys.executable, "-m", "tests.core.tickets.killing", url, data, str(desk.admin.id)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert_whole(app, {token: place for token, _died, place in told}, subscriber=HEAR)
    died = sum(died for _token, died, _place in told)
    assert died == len(told) - 1 >= 15, "a place was not reached"
    assert_nothing_is_left_behind(app)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the courier notes what it did."""
    monkeypatch.setenv("COURIER_FOLDER", str(tmp_path))
    return tmp_path


@dataclass
class Sender:
    """Somebody who sends the form of a new ticket, with a file, and sends it again where no answer came."""

    visitor: Visitor
    places: dict[str, str] = field(default_factory=dict)
    accepted: int = 0

    def forms(self) -> list[tuple[str, str]]:
        """The tokens of some fresh forms: the browser's, and the form's own."""
        pages = [self.visitor.ask("/tickets/new")[1] for _ in range(_AT_ONCE)]
        return [(found(_CSRF, page), found(_TOKEN, page)) for page in pages]

    def send(self, csrf: str, token: str) -> str | None:
        """Where the answer led; ``None`` where none came."""
        boundary = uuid.uuid4().hex
        fields = {"subject": f"Till {token}", "form_token": token, "csrf_token": csrf, "assignee": "none"}
        body = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ).encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="till.txt"\r\n\r\n'
        body += head.encode() + CONTENT + f"\r\n--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        request = urllib.request.Request(f"{self.visitor.base}/tickets/new", data=body, headers=kind)
        try:
            with self.visitor.opener.open(request, timeout=120):
                raise AssertionError("the form was shown again")
        except urllib.error.HTTPError as answer:
            with answer:
                return str(answer.headers["Location"]) if answer.code == 303 else f"refused: {answer.read()!r}"
        except (OSError, http.client.HTTPException):
            return None

    def send_all(self, forms: Collection[tuple[str, str]]) -> None:
        """Send *forms* at once; then each again, as somebody does who got no answer, or pressed twice."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            first = list(pool.map(lambda form: self.send(*form), forms))
        for (csrf, token), place in zip(forms, first, strict=True):
            self.accepted += place is not None
            again = None
            end = time.monotonic() + 120
            while again is None:
                assert time.monotonic() < end, "it is not served any more"
                again = self.send(csrf, token)
            assert place in (None, again)
            self.places[token] = again


def found(pattern: re.Pattern[str], page: str) -> str:
    """What *pattern* finds."""
    match = pattern.search(page)
    assert match is not None, page[:500]
    return match[1]


@pytest.fixture
def served(app: Flask, desk: Desk, tmp_path: Path) -> Iterator[tuple[Server, Sender]]:
    """The app's database served by processes of their own, and an administrator who has signed in."""
    give_login(desk.admin, hash_password(PASSWORD))
    env = environment(str(app.config["SQLALCHEMY_DATABASE_URI"]), Path(app.config["HELPDESK_DATA_DIR"]), tmp_path)
    with serving(env, tmp_path) as server:
        visitor = Visitor(server.base)
        assert visitor.send("/login", login=login_of(desk.admin), password=PASSWORD) == 303
        yield server, Sender(visitor)


def workers(server: Server) -> set[int]:
    """The processes that serve."""
    master = server.process.pid
    return {int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()}


def kill(processes: Collection[int]) -> None:
    """Kill them all with -9."""
    for pid in processes:
        os.kill(pid, signal.SIGKILL)


def sweep_server(app: Flask, server: Server, sender: Sender, kills: int) -> str:
    """Send four forms at once and kill the worker later and later; returns what happened, in numbers."""
    begun = time.monotonic()
    sender.send_all(sender.forms())
    span = (time.monotonic() - begun) * 0.6  # four forms, four pages and four repetitions took that long
    for step in range(kills):
        forms = sender.forms()
        before = workers(server)
        killing = threading.Timer(span * (step + 0.5) / kills, kill, args=(before,))
        killing.start()
        sender.send_all(forms)
        killing.join()
    assert_whole(app, sender.places, subscriber=None)
    assert_nothing_is_left_behind(app)
    sent = len(sender.places)
    return f"{kills} kills: {sent} sent, {sender.accepted} answered at once, {sent} there, each once"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the workers of a server are found in /proc")
def test_killing_the_server_leaves_no_half_ticket(app: Flask, served: tuple[Server, Sender]) -> None:
    """F-01, OK-008: twenty forms in the air, five kills."""
    sweep_server(app, *served, kills=5)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the workers of a server are found in /proc")
def test_killing_the_server_often_leaves_no_half_ticket(app: Flask, served: tuple[Server, Sender]) -> None:
    """F-01, OK-008: two hundred forms and more."""
    print(sweep_server(app, *served, kills=60))
