"""The kit names what authors get wrong, in words that say what to do, and has nothing to say about a sound plugin."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk_core.testing.conformance import CHECKS, Check, Stage, findings
from tests.ecosystem.editing import NAME, PACKAGE, Mistake
from tests.ecosystem.installing import installed
from tests.ecosystem.mistakes_in_code import IN_CODE
from tests.ecosystem.mistakes_on_pages import ON_PAGES

ROOT = Path(__file__).parents[2]
IN_A_PROCESS = """
import json, sys
from pathlib import Path
from helpdesk_core.testing.conformance import Stage, findings
from helpdesk_core.testing.conformance.tables import core_mappers_stay_as_they_are
from tests.ecosystem.installing import installed
with installed(Path(sys.argv[1])):
    print(json.dumps(findings(core_mappers_stay_as_they_are, Stage("site_visits"))))
"""
#: Each names the check that must find it and the words of the message that say what to do.
MISTAKES = (*IN_CODE, *ON_PAGES)
BY_NAME = {check.__name__: check for check in CHECKS}


@pytest.fixture(scope="module")
def sound(new_plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("sound") / new_plugin.name
    shutil.copytree(new_plugin, root)
    with installed(root):
        stage = Stage(NAME)
        yield stage
        stage.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_new_plugin_keeps_the_rule(sound: Stage, check: Check) -> None:
    assert findings(check, sound) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_named_with_what_to_do(new_plugin: Path, tmp_path: Path, mistake: Mistake) -> None:
    root = tmp_path / new_plugin.name
    shutil.copytree(new_plugin, root)
    for edit in mistake.edits:
        edit.apply(root / PACKAGE)
    with installed(root):
        stage = Stage(NAME)
        try:
            found = findings(BY_NAME[mistake.check], stage)
        finally:
            stage.close()
    told = "\n".join(found)
    assert mistake.says in told, f"{mistake.check} says: {told or 'nothing'}"


def test_every_check_finds_some_mistake() -> None:
    """The one left out cannot be taken back in this process: it has a test of its own."""
    assert set(BY_NAME) - {mistake.check for mistake in MISTAKES} == {"core_mappers_stay_as_they_are"}


def test_what_hangs_on_a_core_mapper_is_found_when_it_is_loaded(new_plugin: Path, tmp_path: Path) -> None:
    """In a process of its own, for nothing takes a backref off a mapper again."""
    root = tmp_path / new_plugin.name
    shutil.copytree(new_plugin, root)
    for mistake in MISTAKES:
        if mistake.name in ("a backref on Ticket", "a listener on a core mapper"):
            for edit in mistake.edits:
                edit.apply(root / PACKAGE)
    models = root / PACKAGE / "models.py"
    models.write_text(models.read_text().replace("import Mapped,", "import Mapped, relationship,"), encoding="utf-8")
    command = [sys.executable, "-c", IN_A_PROCESS, str(root)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert any(one.startswith("Ticket.notes: is a relationship of this plugin") for one in found), found
    assert any("_noted listens to a model of the core" in one for one in found), found


def test_a_plugin_installed_from_a_wheel_is_read_by_its_description(new_plugin: Path, tmp_path: Path) -> None:
    """Beside an installed package there is no README; its metadata hold the text."""
    root = tmp_path / new_plugin.name
    shutil.copytree(new_plugin, root)
    text = (root / "README.md").read_text(encoding="utf-8")
    (root / "README.md").unlink()
    check = BY_NAME["everything_is_documented"]
    with installed(root):
        stage = Stage(NAME)
        assert "There is no README.md" in findings(check, stage)[0]
        stage.close()
        (told,) = root.glob("*.dist-info/METADATA")
        told.write_text(f"{told.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")
        stage = Stage(NAME)
        assert findings(check, stage) == []
        stage.close()
