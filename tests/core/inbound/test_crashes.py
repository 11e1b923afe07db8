"""Processes that die while they receive, mails that come again: each is there once, and nothing is half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.inbound.keeping import PREFIX, keep_mail, remove_strays
from helpdesk_core.inbound.models import HELD, KEPT, SETTLED, InboundMail
from helpdesk_core.inbound.receiving import receive_mail
from helpdesk_core.inbound.services import settle_mail, unsettled
from helpdesk_core.storage.local import storage
from helpdesk_core.testing import Desk
from helpdesk_core.tickets.models import Attachment, Ticket
from tests.core.inbound.letters import encoded, mail

ROOT = Path(__file__).parents[3]


def with_file(number: int) -> bytes:
    """A mail with a file, which is stored beside the rows."""
    body = (
        f"--b\n\nMail {number}\n--b\nContent-Type: text/plain; name=log.txt\nContent-Disposition: attachment\n"
        f"Content-Transfer-Encoding: base64\n\n{encoded(f'log {number}'.encode())}--b--\n"
    )
    head = f"From: chandra@customer.test\nSubject: Mail {number}\nMessage-ID: <{number}@x.test>\n"
    return f'{head}Content-Type: multipart/mixed; boundary="b"\n\n{body}'.encode()


class Receiver:
    """The process that forks receivers."""

    def __init__(self, app: Flask, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.core.inbound.process", app.config["SQLALCHEMY_DATABASE_URI"]]
        self._process = subprocess.Popen([*command, app.config["HELPDESK_DATA_DIR"]], cwd=ROOT, text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        self._folder = folder

    def receive(self, *mails: bytes, kill_after: float | None = None) -> list[str]:
        """Hand mails over at once; how their receivers ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        paths = [self._folder / f"{number}.eml" for number in range(len(mails))]
        for path, raw in zip(paths, mails, strict=True):
            path.write_bytes(raw)
        self._process.stdin.write("\t".join(map(str, paths)) + "\n")
        self._process.stdin.flush()
        children = self._process.stdout.readline().split()
        if kill_after is not None:
            time.sleep(kill_after)
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
        return self._process.stdout.readline().split()

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


@pytest.fixture
def receiver(app: Flask, desk: Desk, tmp_path: Path) -> Iterator[Receiver]:
    started = Receiver(app, tmp_path)
    yield started
    started.stop()


def files_and_rows() -> tuple[set[str], set[str]]:
    """The files on disk, and those that rows name."""
    with reading() as session:
        named = set(session.scalars(select(InboundMail.stored_name))) | set(
            session.scalars(select(Attachment.stored_name))
        )
    return storage().names(), {name for name in named if name}


def subjects() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Ticket.subject).order_by(Ticket.id)))


def sweep(receiver: Receiver, moments: int) -> None:
    """Kill a receiver at so many moments, then recover as jobs and mail servers do."""
    assert receiver.receive(with_file(0)) == ["0"]  # the process is awake now
    begun = time.monotonic()
    assert receiver.receive(with_file(1)) == ["0"]
    usual = time.monotonic() - begun
    accepted = {0, 1}
    for number in range(2, moments + 1):
        if receiver.receive(with_file(number), kill_after=usual * 1.5 * number / moments) == ["0"]:
            accepted.add(number)
    for waiting in unsettled():
        settle_mail(waiting)
    there = {int(subject.partition(" ")[2]) for subject in subjects()}
    assert accepted <= there, "an accepted mail is not there"
    for number in range(moments + 1):
        assert receiver.receive(with_file(number)) == ["0"]
    assert sorted(subjects()) == sorted(f"Mail {number}" for number in range(moments + 1))
    for path in storage().paths(PREFIX):
        os.utime(path, (0, 0))
    remove_strays()
    on_disk, named = files_and_rows()
    assert on_disk == named
    with reading() as session:
        counted = session.execute(select(Attachment.ticket_id, func.count()).group_by(Attachment.ticket_id)).all()
    assert [count for _, count in counted] == [1] * (moments + 1)


def test_a_receiver_that_is_killed_loses_nothing_and_leaves_nothing(receiver: Receiver) -> None:
    """F-02, T-66; I1 and I4 hold."""
    sweep(receiver, 8)


@pytest.mark.long
def test_a_hundred_receivers_are_killed(receiver: Receiver) -> None:
    """F-02."""
    sweep(receiver, 100)


def test_the_same_mail_from_four_processes_is_one_ticket(receiver: Receiver) -> None:
    """T-66: in parallel, and by another way."""
    one = with_file(1)
    other_way = b"Received: from b by c\nX-Spam: no\n" + one.replace(b"\n", b"\r\n") + b"\r\n\r\n"
    assert receiver.receive(one, other_way, one, other_way) == ["0"] * 4
    assert subjects() == ["Mail 1"]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(InboundMail)) == 1
    on_disk, named = files_and_rows()
    assert on_disk == named


def test_a_borrowed_message_id_hides_no_mail(desk: Desk, tmp_path: Path) -> None:
    """T-66: other words under one Message-ID are another mail; without one the bytes alone tell."""

    def take(raw: bytes) -> bool:
        path = tmp_path / "mail.eml"
        path.write_bytes(raw)
        with path.open("rb") as file:
            return receive_mail(file).new

    assert [take(mail("One")), take(mail("Two")), take(mail("One"))] == [True, True, False]
    nameless = mail("Three", message_id=None)
    assert [take(nameless), take(nameless), take(b"X-Way: 2\n" + nameless)] == [True, False, True]


def test_a_crash_between_storing_and_settling_is_repaired(desk: Desk, tmp_path: Path) -> None:
    """F-02: by the job, or by the mail coming once more."""
    paths = [tmp_path / "1.eml", tmp_path / "2.eml"]
    for number, path in enumerate(paths):
        path.write_bytes(with_file(number))
        with path.open("rb") as file:
            keep_mail(file)
    assert (subjects(), len(unsettled())) == ([], 2)
    with paths[1].open("rb") as file:
        assert receive_mail(file).state == SETTLED
    for waiting in unsettled():
        assert settle_mail(waiting) == SETTLED
    assert subjects() == ["Mail 1", "Mail 0"]
    with reading() as session:
        assert [settle_mail(row) for row in session.scalars(select(InboundMail.id))] == [SETTLED] * 2
    assert len(subjects()) == 2


def test_a_mail_that_ends_the_process_is_put_aside(desk: Desk, tmp_path: Path) -> None:
    """F-12: it is not tried for ever, others are settled, and it can be replayed."""
    path = tmp_path / "poison.eml"
    path.write_bytes(with_file(0))
    with path.open("rb") as file:
        poison, _ = keep_mail(file)
    with unit_of_work() as session:
        session.get_one(InboundMail, poison).attempts = 5  # as processes left it that died on it
    assert settle_mail(poison) == HELD
    assert (unsettled(), unsettled(state=HELD), unsettled(state=KEPT)) == ([], [poison], [])
    assert settle_mail(poison) == SETTLED
    assert subjects() == ["Mail 0"]
