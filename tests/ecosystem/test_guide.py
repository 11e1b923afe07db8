"""Following the guide for authors, and only it: the plugin keeps every rule, installs elsewhere, works, and goes."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from helpdesk_core.scaffold import write_plugin
from helpdesk_core.testing.conformance import CHECKS, Check, Stage, findings
from tests.ecosystem.environments import environment, run
from tests.ecosystem.installing import installed

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
GUIDE = (GUIDES / "write-a-plugin.md").read_text(encoding="utf-8")
#: The files that the guide shows: where they stand in the documentation, and what it calls them.
SHOWN = re.findall(r"^```\{literalinclude\} (\S+)\n:caption: (\S+)$", GUIDE, re.MULTILINE)
#: What it says to type, line by line.
TYPED = re.findall(r"^\$ (.+)$", GUIDE, re.MULTILINE)
_OFFLINE = ("--no-deps", "--no-index", "--no-build-isolation")
#: What says that something happened stays.
_HISTORIES = ("event", "plugin_reload", "plugin_set")


def follow(root: Path) -> None:
    """Delete and write what the guide says, in the new plugin at *root*."""
    for line in TYPED:
        if line.startswith("rm "):
            for name in line.split()[1:]:
                (root / name).unlink()
    for source, name in SHOWN:
        written = root / name
        written.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(GUIDES / source, written)


def test_the_guide_shows_every_file_of_its_example() -> None:
    example = {path.relative_to(GUIDES).as_posix() for path in (GUIDES / "warranty").rglob("*") if path.is_file()}
    assert {source for source, _name in SHOWN} == {name for name in example if "__pycache__" not in name}
    assert all(source == f"warranty/{name}" for source, name in SHOWN)


@pytest.fixture(scope="module")
def warranty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = write_plugin("warranty", tmp_path_factory.mktemp("guide"))
    follow(root)
    with installed(root):
        stage = Stage("warranty")
        yield stage
        stage.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_guides_plugin_keeps_the_rule(warranty: Stage, check: Check) -> None:
    assert findings(check, warranty) == []


def test_what_the_guide_says_to_type_does_what_it_says(tmp_path: Path) -> None:
    """A wheel, installed into another environment: its tests pass there, it is enabled, disabled and purged."""
    python = environment(tmp_path / "environment")
    run(python, "-m", "helpdesk_core", "plugins", "new", "warranty", cwd=tmp_path)
    root = tmp_path / "helpdesk-warranty"
    follow(root)
    run(python, "-m", "pip", "wheel", "--quiet", *_OFFLINE, "--wheel-dir", "dist", ".", cwd=root)
    shutil.rmtree(root / "build")
    (wheel,) = (root / "dist").glob("*.whl")
    run(python, "-m", "pip", "install", "--quiet", *_OFFLINE, str(wheel), cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(root / "tests", elsewhere / "tests")
    shutil.copyfile(root / "README.md", elsewhere / "README.md")
    shutil.copyfile(root / "pyproject.toml", elsewhere / "pyproject.toml")
    own = elsewhere / "tests" / "test_warranty.py"
    assert " passed" in run(python, "-m", "pytest", "-q", str(own), cwd=elsewhere)

    database = tmp_path / "desk.db"
    desk = {"HELPDESK_DATA_DIR": str(tmp_path / "data"), "HELPDESK_DATABASE_URL": f"sqlite:///{database}"}

    def typed(*words: str) -> str:
        return run(python, "-m", "helpdesk_core", *words, cwd=tmp_path, **desk)

    typed("db", "upgrade")
    before = _content(database)
    for line in TYPED:
        if line.startswith("helpdesk plugins ") and " new " not in line:
            told = typed(*line.split()[1:])
            if line.endswith(" list"):
                assert "warranty" in told
                assert any("warranty" in name for name in _content(database))
    assert _content(database) == before


def _content(database: Path) -> dict[str, int]:
    """Every object of the database, and how many rows name the plugin in tables that are not histories."""
    with closing(sqlite3.connect(database)) as connection:
        names = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
        tables = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = dict.fromkeys(names, 0)
        for table in tables:
            if table in _HISTORIES or "_fts" in table:
                continue
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            found[table] = sum("warranty" in repr(row) for row in rows)
    return found
