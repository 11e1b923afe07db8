"""``helpdesk mail``: how it ends for a mail server, and what it tells people and programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import create_engine, make_url, select, text

from helpdesk_core.cli import main
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.inbound.models import InboundMail
from helpdesk_core.mail.message import ticket_token
from helpdesk_core.storage.local import storage
from helpdesk_core.testing import Desk
from helpdesk_core.tickets.commands import ChangeTicket
from helpdesk_core.tickets.services import change_ticket, get_ticket
from tests.core.inbound.letters import mail

ROOT = Path(__file__).parents[3]


def invoke(app: Flask, *words: str, given: bytes = b"") -> Result:
    with app.app_context():
        return CliRunner().invoke(main, ["mail", *words], input=given)


def piped(folder: Path, raw: bytes, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a mail server runs it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HELPDESK_")}
    paths = os.pathsep.join([str(ROOT), kept.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", "from helpdesk_core.cli import main; main()", "mail", "receive"]
    done = subprocess.run(command, cwd=folder, env={**kept, "PYTHONPATH": paths, **environment}, input=raw,
                          capture_output=True, timeout=120, check=False)  # fmt: skip
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def held(url: str) -> Iterator[str]:
    """Somebody else writes and does not finish; yields the address for one who does not wait for it."""
    target = make_url(url)
    engine = create_engine(target)
    hurry = {"timeout": "0.1"}
    with engine.connect() as connection:
        if target.get_backend_name() == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("LOCK TABLE inbound_mail IN ACCESS EXCLUSIVE MODE"))
            hurry = {"options": f"{target.query.get('options', '')} -c lock_timeout=100ms".strip()}
        yield target.update_query_dict(hurry).render_as_string(hide_password=False)
        connection.rollback()
    engine.dispose()


def files() -> set[str]:
    return storage().names()


def test_a_mail_is_told_of_and_a_second_time_too(app: Flask, desk: Desk) -> None:
    """T-66: the status is 0 both times."""
    first, second = (invoke(app, "receive", "--json", given=mail()) for _ in range(2))
    facts = [json.loads(one.stdout.splitlines()[-1]) for one in (first, second)]
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert [one["new"] for one in facts] == [True, False]
    assert (facts[0]["state"], facts[0]["ticket"], facts[0] | {"new": False}) == ("settled", 1, facts[1])
    assert first.stdout.startswith("mail 1: settled\n")
    assert second.stdout.startswith("mail 1: settled, known already\n")


def test_nothing_is_no_mail(app: Flask, desk: Desk) -> None:
    done = invoke(app, "receive")
    assert (done.exit_code, done.stderr) == (1, "helpdesk: there is no mail on standard input\n")
    assert files() == set()


def test_a_busy_database_is_status_75_and_nothing_is_stored(app: Flask, desk: Desk, tmp_path: Path) -> None:
    """F-02, F-07: the mail server keeps the mail, and hands it over later."""
    data = app.config["HELPDESK_DATA_DIR"]
    with held(app.config["SQLALCHEMY_DATABASE_URI"]) as url:
        busy = piped(tmp_path, mail(), HELPDESK_DATABASE_URL=url, HELPDESK_DATA_DIR=data)
    assert (busy.returncode, busy.stdout) == (75, "")
    assert busy.stderr.splitlines()[-1].startswith("helpdesk: the mail was not stored: ")
    assert "Traceback" not in busy.stderr
    assert files() == set()
    later = invoke(app, "receive", given=mail())
    assert (later.exit_code, later.stdout) == (0, "mail 1: settled\n"), later.stderr
    assert len(files()) == 1


def test_a_wrong_setting_keeps_no_mail_from_coming_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """75, for a mail server gives a mail up for any other status."""
    monkeypatch.setenv("HELPDESK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HELPDESK_PORT", "eighty")
    done = CliRunner().invoke(main, ["mail", "receive"], input=mail())
    assert (done.exit_code, done.stderr) == (
        75, "helpdesk: the mail was not stored: HELPDESK_PORT must be a number, not 'eighty'\n"
    )  # fmt: skip


def test_tables_that_are_not_there_yet_are_status_75(tmp_path: Path) -> None:
    """The helpdesk is being upgraded."""
    done = piped(tmp_path, mail(), HELPDESK_DATA_DIR=str(tmp_path / "data"))
    assert (done.returncode, "helpdesk db upgrade" in done.stderr) == (75, True), done.stderr


def test_a_full_disk_is_status_75(app: Flask, desk: Desk) -> None:
    """F-14: the file cannot be written; nothing of it stays."""
    folder = storage().root
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("no folder", "utf-8")
    try:
        done = invoke(app, "receive", given=mail())
    finally:
        folder.unlink()
    assert (done.exit_code, "not stored" in done.stderr) == (75, True)
    with reading() as session:
        assert session.scalars(select(InboundMail)).all() == []


def test_what_is_held_is_listed_and_replayed(app: Flask, desk: Desk) -> None:
    """F-12: what stood in the way is told, and once it is gone the mail becomes what it was to be."""
    ticket = desk.ticket()
    subject = f"Re: {ticket_token(ticket, f'employee:{desk.outsider.id}')}"
    received = invoke(app, "receive", given=mail(subject=subject, sender="olga@example.test"))
    assert (received.exit_code, received.stdout) == (0, "mail 1: held\n")
    listed = json.loads(invoke(app, "list", "--state", "held", "--json").stdout.splitlines()[-1])
    assert [(row["id"], row["sender"], row["why"]) for row in listed] == [(1, "olga@example.test", "not found: ticket")]
    assert "held" in invoke(app, "list").stdout
    assert invoke(app, "replay", "--all").stdout == "mail 1: held, not found: ticket\n"
    assign(desk, ticket)
    assert invoke(app, "replay", "1").stdout == "mail 1: settled\n"
    assert invoke(app, "replay", "--all").stdout == ""
    assert (invoke(app, "replay", "7").exit_code, invoke(app, "replay").exit_code) == (1, 2)


def assign(desk: Desk, ticket_id: int) -> None:
    """Give the ticket to the outsider, who sees it then."""
    with unit_of_work() as session:
        row = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        change_ticket(session, row, ChangeTicket(values={"assignee_id": desk.outsider.id}), actor=desk.admin)


@pytest.mark.parametrize(
    "words", [("receive", "x"), ("replay", "0"), ("replay", "1", "--all"), ("list", "--state", "x")]
)
def test_wrong_usage_is_status_2(app: Flask, words: tuple[str, ...]) -> None:
    assert invoke(app, *words).exit_code == 2
