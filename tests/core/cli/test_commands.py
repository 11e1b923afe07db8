"""Every command: its help, what it says of a broken configuration, its JSON, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from helpdesk_core.app import create_app
from helpdesk_core.cli import main
from helpdesk_core.config import load_config
from helpdesk_core.configuration.presets import FOLDER
from helpdesk_core.db import migrate
from helpdesk_core.db.session import passes_by_itself
from helpdesk_core.testing import Desk
from tests.core.imports.importing import TICKETS, table

ROOT = Path(__file__).parents[3]
_BROKEN: Mapping[str, tuple[str, str]] = {
    "no number": ("HELPDESK_PORT", "eighty"),
    "no port": ("HELPDESK_PORT", "70000"),
    "too many": ("HELPDESK_TRUSTED_PROXIES", "-1"),
    "no address": ("HELPDESK_DATABASE_URL", "here"),
    "another database": ("HELPDESK_DATABASE_URL", "mysql://root:sesame@localhost/desk"),
    "a folder that is a file": ("HELPDESK_DATA_DIR", __file__),
    "no file": ("HELPDESK_CONFIG", "/nowhere/desk.toml"),
    "no TOML": ("HELPDESK_CONFIG", __file__),
    "no preset": ("HELPDESK_PRESET", "crm"),
    "no scheme": ("HELPDESK_BASE_URL", "desk.example"),
    "a strange port": ("HELPDESK_BASE_URL", "https://desk.example:x"),
    "no mail server": ("HELPDESK_MAIL_URL", "smtp://"),
    "no mail": ("HELPDESK_MAIL_URL", "pigeon://loft"),
    "no Redis": ("HELPDESK_REDIS_URL", "localhost:6379"),
}


def _leaves(group: click.Group = main, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _leaves(command, (*before, name))
        else:
            yield (*before, name), command


LEAVES = dict(_leaves())
#: What each reporting command is typed with; it must end with 0 on the desk of ``report``.
REPORTS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("check",): (),
    ("db", "check"): (),
    ("db", "current"): (),
    ("db", "upgrade"): (),
    ("ticket", "list"): ("--limit", "5"),
    ("ticket", "show"): ("1",),
    ("user", "create"): ("zoe", "--name", "Zoe"),
    ("jobs", "list"): (),
    ("jobs", "run"): (),
    ("mail", "list"): (),
    ("mail", "receive"): (),
    ("mail", "replay"): ("--all",),
    ("import",): ("tickets.csv", "--map", "map.toml"),
    ("init",): (),
    ("config", "export"): ("desk.toml",),
    ("config", "plan"): ("desk.toml",),
    ("config", "apply"): ("desk.toml", "--yes"),
    ("config", "preset"): ("service_desk", "--yes"),
}
#: What says nothing to be read by a program: it prompts, serves, or writes a file for a developer.
SILENT = {
    ("db", "downgrade"),
    ("db", "revision"),
    ("serve",),
    ("worker",),
    ("user", "set-password"),
    ("user", "deactivate"),
    ("jobs", "retry"),
    ("jobs", "discard"),
}
#: Loading takes long; its report is tested with the demonstration, those of plugins with the plugins' life, those of
#: words with the words.
ELSEWHERE = {("demo",)} | {words for words in LEAVES if words[0] in ("plugins", "i18n")}


def _type(*words: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HELPDESK_")}
    path = os.pathsep.join([str(ROOT), kept.get("PYTHONPATH", "")])
    environment = {**kept, "PYTHONPATH": path, "HELPDESK_DATA_DIR": str(folder / "data"), **settings}
    command = [sys.executable, "-c", "from helpdesk_core.cli import main; main()", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _invoke(app: Flask, *words: str) -> Result:
    with app.app_context():
        given = "From: ada@example.test\n\nA mail" if words[:2] == ("mail", "receive") else None
        return CliRunner().invoke(main, list(words), env={"HELPDESK_PASSWORD": "sesame street 9"}, input=given)


@pytest.mark.parametrize("words", [(), *LEAVES], ids=" ".join)
def test_help_needs_no_configuration(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """``--help`` answers whatever is wrong with the configuration, without a traceback."""
    monkeypatch.setenv("HELPDESK_PORT", "eighty")
    result = CliRunner().invoke(main, [*words, "--help"])
    assert (result.exit_code, result.exception) == (0, None)
    assert result.stdout.startswith("Usage:")
    assert "Traceback" not in result.output


def test_the_overview_of_a_broken_installation_says_what_is_missing(tmp_path: Path) -> None:
    """As typed: the core's commands stand there, and one line says why the plugins' do not."""
    done = _type("--help", folder=tmp_path, HELPDESK_PORT="eighty")
    assert (done.returncode, "import" in done.stdout) == (0, True)
    assert done.stderr.splitlines() == [
        "helpdesk: commands of plugins are left out: HELPDESK_PORT must be a number, not 'eighty'"
    ]


@pytest.mark.parametrize("case", _BROKEN)
def test_a_setting_that_cannot_be_used_is_named(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message begins with the setting and holds no password."""
    key, value = _BROKEN[case]
    monkeypatch.setenv("HELPDESK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(key, value)
    with pytest.raises(ValueError, match=f"^{key} ") as refusal:
        load_config()
    assert "sesame" not in str(refusal.value)


@pytest.mark.parametrize(
    "words",
    [("check",), ("db", "upgrade"), ("ticket", "list"), ("user", "deactivate", "ada"), ("serve",), ("nothing",)],
    ids=" ".join,
)
def test_a_command_that_needs_the_configuration_is_status_1(words: tuple[str, ...], tmp_path: Path) -> None:
    """One line with the setting, no traceback."""
    done = _type(*words, folder=tmp_path, HELPDESK_DATABASE_URL="here")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("helpdesk: HELPDESK_DATABASE_URL is not an address")
    assert len(done.stderr.splitlines()) == 1


def test_every_command_reports_or_has_nothing_to_report() -> None:
    """A new command says here how its report is tested, or that it has none."""
    assert set(LEAVES) == set(REPORTS) | SILENT | ELSEWHERE
    with_json = {words for words, command in LEAVES.items() if any(one.name == "as_json" for one in command.params)}
    assert set(REPORTS) | {("demo",)} <= with_json
    assert with_json & SILENT == set()


@pytest.mark.parametrize("words", REPORTS, ids=" ".join)
def test_the_last_line_of_a_report_is_json(
    words: tuple[str, ...], app: Flask, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--json``: the last line, and with it alone something that can be read."""
    desk.ticket()
    monkeypatch.chdir(tmp_path)
    table(tmp_path, {})
    (tmp_path / "map.toml").write_text(TICKETS, "utf-8")
    shutil.copy(FOLDER / "service_desk.toml", tmp_path / "desk.toml")
    plain = _invoke(app, *words, *REPORTS[words])
    assert (plain.exit_code, plain.stdout.startswith(("{", "["))) == (0, False), plain.output
    again = [word.replace("zoe", "zora") for word in REPORTS[words]]
    result = _invoke(app, *words, *again, "--json")
    assert result.exit_code == 0, result.output
    assert isinstance(json.loads(result.stdout.splitlines()[-1]), dict | list)


@pytest.mark.parametrize("words", [words for words in LEAVES if words[0] != "plugins"], ids=" ".join)
def test_wrong_usage_is_status_2(words: tuple[str, ...], app: Flask) -> None:
    """An option that does not exist, on every command; the reason stands on standard error alone."""
    result = _invoke(app, *words, "--no-such-option")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--no-such-option" in result.stderr


def test_an_unknown_command_is_status_2(app: Flask) -> None:
    """Neither the core's nor a plugin's."""
    assert _invoke(app, "nothing").exit_code == 2


# --- try again later --------------------------------------------------------------------------------


@contextmanager
def _held(url: str) -> Iterator[None]:
    """Somebody else writes and does not finish."""
    target = make_url(url)
    engine = create_engine(target)
    with engine.connect() as connection:
        if target.get_backend_name() == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("LOCK TABLE import_source IN ACCESS EXCLUSIVE MODE"))
        yield
        connection.rollback()
    engine.dispose()


def _hasty(url: str) -> str:
    """The same database for somebody who does not wait for locks."""
    target = make_url(url)
    hurry: dict[str, Any] = {"timeout": "0.1"}
    if target.get_backend_name() != "sqlite":
        # What the address says already, such as a schema of the tests' own, stays.
        options = target.query.get("options", "")
        hurry = {"options": f"{options} -c lock_timeout=100ms".strip()}
    return target.update_query_dict(hurry).render_as_string(hide_password=False)


def test_an_import_into_a_locked_database_is_status_75_and_can_be_run_again(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    """It waits, tries a few times, and leaves nothing half done: the same command goes in later."""
    table(tmp_path, {}, {})
    (tmp_path / "map.toml").write_text(TICKETS, "utf-8")
    words = ("import", "tickets.csv", "--map", "map.toml", "--json")
    with _held(database_url):
        busy = _type(*words, folder=tmp_path, HELPDESK_DATABASE_URL=_hasty(database_url))
    assert (busy.returncode, busy.stdout) == (75, "")
    assert busy.stderr.splitlines()[-1] == "helpdesk: the database is busy or cannot be reached"
    later = _type(*words, folder=tmp_path, HELPDESK_DATABASE_URL=database_url)
    assert later.returncode == 0, later.stderr
    assert json.loads(later.stdout.splitlines()[-1])["created"] == 2


@pytest.mark.parametrize(
    "words",
    [("import", "tickets.csv", "--map", "map.toml"), ("ticket", "list"), ("db", "upgrade"), ("mail", "receive")],
)
def test_an_unreachable_server_is_status_75(words: tuple[str, ...], tmp_path: Path) -> None:
    """Nobody listens there now; perhaps later."""
    table(tmp_path, {})
    (tmp_path / "map.toml").write_text(TICKETS, "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"postgresql://desk:sesame@127.0.0.1:{probe.getsockname()[1]}/desk"
        done = _type(*words, folder=tmp_path, HELPDESK_DATABASE_URL=url)
    assert done.returncode == 75, done.stderr
    assert "Traceback" not in done.stderr
    assert "sesame" not in done.stderr


def test_a_database_that_cannot_be_opened_is_status_1(tmp_path: Path) -> None:
    """A folder that does not exist will not exist later either."""
    done = _type("ticket", "list", folder=tmp_path, HELPDESK_DATABASE_URL=f"sqlite:///{tmp_path}/no/desk.db")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("helpdesk: the database (HELPDESK_DATABASE_URL): ")


def test_a_server_that_refuses_is_not_asked_again(database_url: str) -> None:
    """A database that is not there is a wrong setting, not a busy server."""
    target = make_url(database_url)
    if target.get_backend_name() == "sqlite":
        pytest.skip("needs a server")
    engine = create_engine(target.set(database="no_such_database"))
    with pytest.raises(OperationalError) as refusal, engine.connect():
        pass
    assert not passes_by_itself(refusal.value)


def test_the_address_of_a_sqlite_database_may_say_how_long_to_wait(tmp_path: Path) -> None:
    """``?timeout=`` in seconds; without it a writer waits fifteen."""
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    for given, waits in ((url, 15_000), (f"{url}?timeout=0.2", 200)):
        app = create_app({"TESTING": True, "HELPDESK_DATABASE_URL": given, "HELPDESK_DATA_DIR": str(tmp_path)})
        with app.app_context(), app.extensions["sqlalchemy"].engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == waits
            connection.close()
            app.extensions["sqlalchemy"].engine.dispose()
    migrate.upgrade(app)
    with _held(url), app.app_context():
        started = time.monotonic()
        result = _invoke(app, "user", "create", "ada", "--name", "Ada")
        assert (result.exit_code, time.monotonic() - started < 10) == (75, True), result.output
        app.extensions["sqlalchemy"].engine.dispose()
