"""Processes die, the server breaks off: nothing is lost, and what came twice has one name."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, MailSink
from helpdesk_core.toolkit import SYSTEM, CreateTicket, create_ticket, unit_of_work
from helpdesk_notifications.options import save_options
from helpdesk_notifications.testing import notices

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(app: Flask, tmp_path: Path, mailbox: MailSink) -> Iterator[Start]:
    """Start a process that sends; all are killed at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("working.py")
        urls = [str(app.config["SQLALCHEMY_DATABASE_URI"]), str(tmp_path), app.config["HELPDESK_MAIL_URL"]]
        running.append(subprocess.Popen([sys.executable, str(script), *urls], stderr=subprocess.DEVNULL))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()


def waiting(app: Flask, count: int) -> int:
    """How many of *count* notices were not noted as sent yet."""
    with app.app_context():  # a session of its own sees what others wrote meanwhile
        return count - sum(1 for notice in notices() if notice.sent_at is not None)


def sweep(app: Flask, desk: Desk, mailbox: MailSink, start: Start, *, mails: int, broken: int, kills: int) -> None:
    """Let two processes send *mails*, of which the server breaks off *broken* and *kills* processes die."""
    chance = random.Random(11)
    with unit_of_work() as session:
        save_options(session, {"digest_after": 0}, actor=desk.admin)
        for index in range(mails):
            command = CreateTicket(subject=f"Ticket {index}", contact_id=desk.customer.id)
            create_ticket(session, command, actor=SYSTEM)
    mailbox.broken = broken
    running = [start() for _ in range(2)]
    end = time.monotonic() + 60 + mails
    for _ in range(kills):
        mark = len(mailbox)
        while len(mailbox) <= mark and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.2))
        victim = running.pop(0)
        victim.kill()
        victim.wait()
        running.append(start())
    while waiting(app, mails) and time.monotonic() < end:
        time.sleep(0.1)
    assert waiting(app, mails) == 0, "a notice was lost"
    names = Counter(mail["Message-ID"] for mail in mailbox)
    assert len(names) == mails, "two notices share a name, or one went out under two"
    # A killed process had at most as many in hand as it has threads.
    assert len(mailbox) - mails <= broken + kills * 4


def test_killed_processes_and_a_server_that_breaks_off_lose_nothing(
    app: Flask, desk: Desk, mailbox: MailSink, start: Start
) -> None:
    """F-03."""
    sweep(app, desk, mailbox, start, mails=40, broken=20, kills=3)


@pytest.mark.long
def test_five_hundred_mails_survive_kills(app: Flask, desk: Desk, mailbox: MailSink, start: Start) -> None:
    """F-03: the server fails after DATA before 250."""
    sweep(app, desk, mailbox, start, mails=500, broken=100, kills=12)
