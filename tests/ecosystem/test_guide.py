"""The plugin that the guide for authors arrives at keeps every rule, and its own tests pass where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk_core.scaffold import write_plugin
from helpdesk_core.testing.conformance import CHECKS, Check, Stage, findings
from tests.ecosystem.installing import installed

EXAMPLE = Path(__file__).parents[2] / "docs" / "guides" / "warranty"
#: What the guide says to delete of what the command wrote.
DELETED = (
    "helpdesk_warranty/services.py",
    "helpdesk_warranty/templates/warranty/slots/ticket_sidebar.html",
    "tests/test_notes.py",
)


@pytest.fixture(scope="module")
def warranty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = write_plugin("warranty", tmp_path_factory.mktemp("guide"))
    for name in DELETED:
        (root / name).unlink()
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
    with installed(root):
        stage = Stage("warranty")
        yield stage
        stage.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_guides_plugin_keeps_the_rule(warranty: Stage, check: Check) -> None:
    assert findings(check, warranty) == []
