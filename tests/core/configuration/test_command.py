"""``helpdesk init`` and ``helpdesk config``: what they print, ask, refuse and change."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.cli import main
from helpdesk_core.configuration.document import SECTIONS
from helpdesk_core.configuration.presets import FOLDER
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.db.session import db, reading
from helpdesk_core.statuses.models import Status
from helpdesk_core.testing import Desk, make_app
from helpdesk_core.testing.apps import dispose, server_url, temporary_database
from helpdesk_core.tickets.models import Ticket

#: What is exported holds the words of the site: where every word is called otherwise, it is longer.
pytestmark = pytest.mark.wording

ROOT = Path(__file__).parents[3]
PRESET = (FOLDER / "service_desk.toml").read_text("utf-8")
MOVES = (
    "--map", "service_desk.open=lead_desk.new", "--map", "service_desk.closed=lead_desk.processed",
)  # fmt: skip


def _run(app: Flask, *words: str, answer: str = "") -> Result:
    with app.app_context():
        return CliRunner().invoke(main, list(words), input=answer)


def _exported(app: Flask) -> str:
    return _run(app, "config", "export").stdout


def test_an_empty_database_becomes_a_desk(tmp_path: Path) -> None:
    """With the preset that was asked for; again it is there already, and another preset is refused."""
    with temporary_database(tmp_path, server=server_url()) as url:
        app = make_app(url, tmp_path / "data")
        made = _run(app, "init", "--preset", "request_flow", "--json")
        assert (made.exit_code, json.loads(made.stdout.splitlines()[-1])["created"]) == (0, True)
        assert _exported(app).encode() == (FOLDER / "request_flow.toml").read_bytes()
        again = _run(app, "init", "--json")
        assert json.loads(again.stdout.splitlines()[-1]) == {
            "preset": "request_flow",
            "created": False,
            "migrated": [],
        }
        other = _run(app, "init", "--preset", "lead_desk")
        assert (other.exit_code, "helpdesk config preset lead_desk" in other.stderr) == (1, True)
        assert _exported(app).encode() == (FOLDER / "request_flow.toml").read_bytes()
        dispose(app)


def test_the_configuration_names_the_preset_of_an_empty_database(tmp_path: Path) -> None:
    """``HELPDESK_PRESET`` counts for ``db upgrade`` too, once: a desk that is there keeps its own."""
    with temporary_database(tmp_path, server=server_url()) as url:
        for preset in ("support_center", "lead_desk"):
            app = make_app(url, tmp_path / "data", config={"HELPDESK_PRESET": preset})
            assert _run(app, "db", "upgrade").exit_code == 0
            with app.app_context(), reading() as session:
                assert session.scalar(select(func.count()).where(Status.key.startswith("support_center."))) == 4
                assert session.scalar(select(func.count()).select_from(Status)) == 4
            dispose(app)


def test_a_file_goes_out_and_comes_in(app: Flask, desk: Desk, tmp_path: Path) -> None:
    """Export to a file, a plan that changes nothing, the question, and the answer."""
    file = tmp_path / "desk.toml"
    assert _run(app, "config", "export", str(file)).exit_code == 0
    assert file.read_text("utf-8") == PRESET
    file.write_text(PRESET.replace('"Incident"', '"Störung"'), "utf-8")
    planned = _run(app, "config", "plan", str(file), "--json")
    assert json.loads(planned.stdout.splitlines()[-1])["lines"] == [
        {
            "section": "types",
            "key": "core.incident",
            "change": "changed",
            "details": {"name": {"before": "Incident", "after": "Störung"}},
        }
    ]
    assert re.search(r"~ +types +core\.incident +name: Incident +Störung", planned.stdout)
    refused = _run(app, "config", "apply", str(file), answer="n\n")
    assert (refused.exit_code, _exported(app)) == (1, PRESET)
    assert _run(app, "config", "apply", str(file), answer="y\n").exit_code == 0
    assert _exported(app) == file.read_text("utf-8")
    assert "nothing to change" in _run(app, "config", "apply", str(file)).stdout


def test_a_wrong_file_is_status_1_with_its_line(app: Flask, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(PRESET.replace("rank = 10", "rank = -1"), "utf-8")
    for command in ("plan", "apply"):
        done = _run(app, "config", command, str(file))
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr == (
            "helpdesk: desk.toml:66: [priorities.core.critical] rank: must be a whole number from 0 to 100000\n"
        )
    assert _run(app, "config", "apply", str(tmp_path / "none.toml")).exit_code == 2


def test_the_map_is_asked_for_and_proposed(app: Flask, desk: Desk) -> None:
    """Without it nothing happens, also with --yes; the refusal is a command that can be typed."""
    number = desk.ticket()
    done = _run(app, "config", "preset", "lead_desk", "--yes")
    assert done.exit_code == 1
    assert "helpdesk config preset lead_desk --map service_desk.open=lead_desk.in_processing" in done.stderr
    assert re.search(r"service_desk\.open +1 +lead_desk\.in_processing +proposed", done.stdout)
    assert _run(app, "config", "preset", "lead_desk", *MOVES, answer="n\n").exit_code == 1
    with app.app_context(), reading() as session:
        assert session.get_one(Ticket, number).status_key == "service_desk.open"
    changed = _run(app, "config", "preset", "lead_desk", *MOVES, "--yes", "--json")
    facts = json.loads(changed.stdout.splitlines()[-1])
    assert (changed.exit_code, facts["applied"], facts["tickets"]["service_desk.open"]) == (0, True, 1)
    assert facts["map"]["service_desk.open"] == "lead_desk.new"
    db.session.expire_all()
    with app.app_context(), reading() as session:
        assert session.get_one(Ticket, number).status_key == "lead_desk.new"


@pytest.mark.parametrize("pair", ["service_desk.open", "=x", "x=", ""])
def test_a_map_is_two_keys(pair: str, app: Flask, desk: Desk) -> None:
    done = _run(app, "config", "preset", "lead_desk", "--map", pair)
    assert (done.exit_code, "say OLD=NEW" in done.stderr) == (2, True)


def test_a_status_is_mapped_once(app: Flask, desk: Desk) -> None:
    done = _run(app, "config", "preset", "lead_desk", *MOVES, "--map", "service_desk.open=lead_desk.processed")
    assert (done.exit_code, "is mapped to lead_desk.new already" in done.stderr) == (2, True)


# --- the guide ------------------------------------------------------------------------------------------------------


def test_the_guide_names_every_preset_and_every_key() -> None:
    """What a file may hold stands in docs/guides/presets.md, and nothing else."""
    guide = (ROOT / "docs" / "guides" / "presets.md").read_text("utf-8")
    assert all(f"| `{name}` |" in guide for name in PRESETS)
    for section, entry in SECTIONS.items():
        row = next(line for line in guide.splitlines() if line.startswith(f"| `[{section}."))
        named = set(re.findall(r"`([a-z_]+)`", row)) - {"text", "number", "date", "yes_no", "choice", "choices"}
        if section != "words":
            assert named == {field.name for field in fields(entry)}, section


def test_the_guides_commands_exist() -> None:
    guide = (ROOT / "docs" / "guides" / "presets.md").read_text("utf-8")
    typed = set(re.findall(r"^helpdesk (\w+)(?: (\w+))?", guide, re.MULTILINE))
    assert typed
    for group, name in typed:
        command = main.commands[group]
        assert not isinstance(command, click.Group) or name in command.commands, (group, name)
