"""The kit names what authors get wrong, in words that say what to do, and has nothing to say about a sound plugin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk_core.testing.conformance import CHECKS, Check, Stage, findings
from tests.ecosystem.installing import installed
from tests.ecosystem.mistakes import MISTAKES, NAME, PACKAGE, Mistake

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
    found = {mistake.check for mistake in MISTAKES}
    # Seen only where models are already loaded; tests/core/testing looks at it in a process of its own.
    found |= {"core_mappers_stay_as_they_are"}
    assert set(BY_NAME) - found == {"stylesheets_know_no_left_and_right"} - found
