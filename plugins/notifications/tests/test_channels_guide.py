"""The plugin of the guide *Channels* runs as it is printed there."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from helpdesk_core.testing import Clock, Desk, MailSink, run_jobs
from helpdesk_core.toolkit import Contact, unit_of_work
from helpdesk_notifications.testing import notices

Told = Callable[[], list[str]]


def _of_the_guide() -> Any:
    path = Path(__file__).parents[3] / "docs" / "guides" / "channels" / "texting.py"
    spec = importlib.util.spec_from_file_location("texting_of_the_guide", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


texting = _of_the_guide()
pytestmark = pytest.mark.helpdesk(plugins=["notifications", texting.TextingPlugin])


class Provider(list[dict[str, str]]):
    """What was handed to the provider; ``answers`` are the statuses of the next requests."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[int] = []


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider on this machine."""
    taken = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = taken.answers.pop(0) if taken.answers else 202
            taken.append(body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(texting, "PROVIDER", f"http://127.0.0.1:{server.server_port}/messages")
        yield taken
        server.shutdown()


def give_number(desk: Desk) -> None:
    with unit_of_work() as session:
        session.get_one(Contact, desk.customer.id).phone = "+60 3 1234"


def test_a_contact_with_a_number_is_told_by_text_too(desk: Desk, told: Told, provider: Provider) -> None:
    give_number(desk)
    ticket = desk.ticket(assignee_id=desk.insider.id)
    assert told() == ["chandra", "ivan"]
    assert [one["to"] for one in provider] == ["+60 3 1234"]
    assert "thank you for writing to us" in provider[0]["text"]
    assert "You get this mail because" not in provider[0]["text"]
    desk.comment(ticket, "CANARY", internal=True)
    assert (told(), len(provider)) == (["ivan"], 1)


def test_a_message_that_is_sent_again_has_the_same_key(
    app: Flask, desk: Desk, provider: Provider, mailbox: MailSink, clock: Clock
) -> None:
    """F-30."""
    give_number(desk)
    provider.answers = [500]
    desk.ticket()
    run_jobs(app)
    clock.advance(minutes=2)
    run_jobs(app)
    assert len(provider) == 2
    assert provider[0] == provider[1]
    assert all(notice.sent_at for notice in notices())


def test_a_number_that_is_refused_is_not_tried_again(
    app: Flask, desk: Desk, provider: Provider, mailbox: MailSink, clock: Clock
) -> None:
    give_number(desk)
    provider.answers = [422]
    desk.ticket()
    run_jobs(app)
    clock.advance(days=6)
    run_jobs(app)
    assert len(provider) == 1
    (failed,) = [notice for notice in notices() if notice.channel == "texting"]
    assert failed.error == "the provider does not take this number: 422"
