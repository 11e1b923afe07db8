"""The application as a whole: its configuration, its headers, its guard and its command line."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.app import create_app
from helpdesk_core.cli import main
from helpdesk_core.config import load_config
from helpdesk_core.contract.errors import TryLater
from helpdesk_core.i18n.terms import term
from helpdesk_core.ui.guard import guard_of

ENGLISH = {"Accept-Language": "en"}


def test_every_endpoint_says_who_may_open_it(app: Flask) -> None:
    """T-00: a page that says nothing stays shut, so none may be forgotten."""
    assert [name for name in app.view_functions if guard_of(app, name) is None] == []


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/login", "/no-such-page", "/static/core/css/base.css"):
        with client.get(path) as answer:
            headers = answer.headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/login?next=%00", "/login%00", "/tickets?q=a%00b"])
def test_nul_is_a_bad_request(client: FlaskClient, path: str) -> None:
    """F-33: PostgreSQL refuses NUL deep inside; it is refused at the door."""
    assert client.get(path).status_code == 400


def test_nul_in_a_form_is_a_bad_request(client: FlaskClient) -> None:
    """F-33."""
    assert client.post("/login", data={"login": "a\x00b", "password": "x"}).status_code == 400


def test_too_many_form_parts_are_refused(client: FlaskClient) -> None:
    """F-33: 413 rather than a busy server."""
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="f{number}"\r\n\r\n1\r\n' for number in range(2000))
    answer = client.post("/login", data=body + "--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_a_forged_host_is_refused(tmp_path: Path) -> None:
    """T-33: only the configured name is served, so no link can lead elsewhere."""
    config: dict[str, Any] = {"TESTING": True, "HELPDESK_DATA_DIR": str(tmp_path)}
    app = create_app({**config, "HELPDESK_BASE_URL": "https://desk.example"})
    forged = app.test_client().get("/login", base_url="https://evil.example")
    assert forged.status_code == 400
    assert app.config["SESSION_COOKIE_SECURE"] is True


def test_the_start_page_leads_to_the_login(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


def test_an_employee_finds_the_frame_of_the_desk(client: FlaskClient, make_employee: Any, login: Any) -> None:
    """UR: the frame shows his menu and his name."""
    login(client, make_employee("Ada Admin"))
    page = client.get("/employees", headers=ENGLISH).text
    assert 'data-nav="inbox"' in page
    assert 'data-nav="settings"' in page
    assert "Ada Admin" in page


def test_an_unknown_page_keeps_the_frame_of_the_desk(client: FlaskClient) -> None:
    answer = client.get("/no-such-page", headers=ENGLISH)
    assert answer.status_code == 404
    assert "Nothing here" in answer.text


def test_the_secret_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = load_config({"HELPDESK_DATA_DIR": str(tmp_path)})["SECRET_KEY"]
    assert load_config({"HELPDESK_DATA_DIR": str(tmp_path)})["SECRET_KEY"] == first
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_the_file_of_the_configuration_is_read(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text('port = 9000\nmail_url = "null://"\n', encoding="utf-8")
    config = load_config({"HELPDESK_CONFIG": str(file), "HELPDESK_DATA_DIR": str(tmp_path)})
    assert (config["HELPDESK_PORT"], config["HELPDESK_MAIL_URL"]) == (9000, "null://")


def test_a_word_without_a_translation_is_shown_as_registered(app: Flask) -> None:
    with app.test_request_context():
        assert term("status", "service_desk.open", "Open") == "Open"


def test_check_reports_as_json(app: Flask) -> None:
    with app.app_context():
        result = CliRunner().invoke(main, ["check", "--json"])
    findings = {row["key"]: row["status"] for row in json.loads(result.stdout)}
    assert result.exit_code == 0, result.output
    assert findings["migrations"] == findings["tables"] == "ok"


def test_an_employee_made_on_the_terminal_may_sign_in(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        made = CliRunner().invoke(
            main, ["user", "create", "ada", "--name", "Ada"], env={"HELPDESK_PASSWORD": "sesame street 9"}
        )
    assert made.exit_code == 0, made.output
    answer = client.post("/login", data={"login": "ada", "password": "sesame street 9"})
    assert answer.status_code == 303


@pytest.mark.parametrize(("words", "status"), [(["ticket", "show", "7"], 1), (["ticket", "show"], 2)])
def test_refusals_and_wrong_usage_have_their_own_exit_status(app: Flask, words: list[str], status: int) -> None:
    with app.app_context():
        result = CliRunner().invoke(main, words)
    assert result.exit_code == status
    assert result.stderr


def test_a_busy_database_is_exit_status_75(app: Flask) -> None:
    def busy() -> None:
        raise TryLater("the database is busy")

    app.extensions["helpdesk_after_upgrade"], kept = busy, app.extensions["helpdesk_after_upgrade"]
    try:
        with app.app_context():
            result = CliRunner().invoke(main, ["db", "upgrade"])
    finally:
        app.extensions["helpdesk_after_upgrade"] = kept
    assert (result.exit_code, result.stderr.strip()) == (75, "helpdesk: the database is busy")
