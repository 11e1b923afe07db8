"""Processes die, the server breaks off: nothing is lost, and what came twice has one name."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, MailSink, RunningBroker, app_with, open_broker
from helpdesk_core.toolkit import SYSTEM, CreateTicket, create_ticket, unit_of_work
from helpdesk_notifications.options import save_options
from helpdesk_notifications.testing import notices

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

Start = Callable[[], "subprocess.Popen[bytes]"]
_THREADS = 4


@pytest.fixture
def broker() -> RunningBroker | None:
    """Threads look for jobs by themselves; the tests with a broker choose one."""
    return None


@pytest.fixture
def start(app: Flask, tmp_path: Path, mailbox: MailSink, broker: RunningBroker | None) -> Iterator[Start]:
    """Start a process that sends; all are killed at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("working.py")
        config = {"HELPDESK_MAIL_URL": app.config["HELPDESK_MAIL_URL"], **(broker.config if broker else {})}
        words = [str(app.config["SQLALCHEMY_DATABASE_URI"]), str(tmp_path), json.dumps(config)]
        running.append(subprocess.Popen([sys.executable, str(script), *words]))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()


def waiting(app: Flask, count: int) -> int:
    """How many of *count* notices were not noted as sent yet."""
    with app.app_context():  # a session of its own sees what others wrote meanwhile
        return count - sum(1 for notice in notices() if notice.sent_at is not None)


def sweep(app: Flask, desk: Desk, mailbox: MailSink, start: Start, *, mails: int, broken: int, kills: int,
          broker: RunningBroker | None = None) -> str:  # fmt: skip
    """Let two processes send *mails*, of which the server breaks off *broken*; *kills* processes die.

    A *broker* loses all its messages at every kill. Returns what happened, in numbers.
    """
    chance = random.Random(11)
    with unit_of_work() as session:
        save_options(session, {"digest_after": 0}, actor=desk.admin)
    mailbox.broken = broken
    running = [start() for _ in range(2)]
    with app_with(app, broker.config if broker else {}), unit_of_work() as session:
        for index in range(mails):
            command = CreateTicket(subject=f"Ticket {index}", contact_id=desk.customer.id)
            create_ticket(session, command, actor=SYSTEM)
    end = time.monotonic() + 300 + mails
    for _ in range(kills):
        mark = len(mailbox)
        while len(mailbox) <= mark and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.2))
        victim = running.pop(0)
        victim.kill()
        victim.wait()
        if broker is not None:
            broker.flush()
        running.append(start())
    while waiting(app, mails) and time.monotonic() < end:
        time.sleep(0.1)
    assert waiting(app, mails) == 0, "a notice was lost"
    names = Counter(mail["Message-ID"] for mail in mailbox)
    assert len(names) == mails, "two notices share a name, or one went out under two"
    # A killed process had at most as many in hand as it has threads.
    twice = len(mailbox) - mails
    assert twice <= broken + kills * _THREADS
    return f"{mails} notices, {kills} kills, {broken} broken off after DATA: none lost, {twice} more mails than notices"


def test_killed_processes_and_a_server_that_breaks_off_lose_nothing(
    app: Flask, desk: Desk, mailbox: MailSink, start: Start
) -> None:
    """F-03."""
    sweep(app, desk, mailbox, start, mails=40, broken=20, kills=3)


@pytest.mark.long
def test_five_hundred_mails_survive_kills(app: Flask, desk: Desk, mailbox: MailSink, start: Start) -> None:
    """F-03: the server fails after DATA before 250."""
    print(sweep(app, desk, mailbox, start, mails=500, broken=100, kills=12))


class TestWithCelery:
    """The same where a broker carries the wake-ups, and loses them all at every kill."""

    @pytest.fixture
    def broker(self, request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
        """The broker of the kind that the test names."""
        with open_broker(request.param) as running:
            yield running

    @pytest.mark.parametrize("broker", ["redis"], indirect=True)
    def test_a_flushed_broker_loses_no_notice(
        self, app: Flask, desk: Desk, mailbox: MailSink, start: Start, broker: RunningBroker
    ) -> None:
        """F-03, F-13."""
        sweep(app, desk, mailbox, start, mails=30, broken=10, kills=2, broker=broker)

    @pytest.mark.long
    @pytest.mark.parametrize("broker", ["redis", "rabbitmq"], indirect=True)
    def test_five_hundred_mails_survive_kills_and_flushes(
        self, app: Flask, desk: Desk, mailbox: MailSink, start: Start, broker: RunningBroker
    ) -> None:
        """F-03, F-13."""
        print(sweep(app, desk, mailbox, start, mails=500, broken=100, kills=12, broker=broker))
