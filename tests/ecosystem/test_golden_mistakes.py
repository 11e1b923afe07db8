"""The kit finds mistakes in a large plugin too; the knowledge base's own rows are what it looks at."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from helpdesk_core.testing.conformance import CHECKS, Stage, findings
from helpdesk_core.testing.conformance.stage import Fill
from tests.ecosystem.editing import Mistake
from tests.ecosystem.installing import installed
from tests.ecosystem.mistakes_in_golden import GOLDEN, GOLDEN_PACKAGE, IN_GOLDEN

SOURCE = Path(__file__).parents[2] / "plugins" / GOLDEN
BY_NAME = {check.__name__: check for check in CHECKS}


def fill_of(root: Path) -> Fill:
    """The rows that the plugin's own suite is given."""
    spec = importlib.util.spec_from_file_location("golden_conformance", root / "tests" / "test_conformance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fill: Fill = module.TestConformance().fill
    return fill


@pytest.mark.parametrize("mistake", IN_GOLDEN, ids=lambda mistake: mistake.name)
def test_a_mistake_in_the_golden_plugin_is_named(tmp_path: Path, mistake: Mistake) -> None:
    root = tmp_path / GOLDEN
    shutil.copytree(SOURCE, root, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "*.dist-info"))
    check = BY_NAME[mistake.check]
    for edit in mistake.edits:
        edit.apply(root / GOLDEN_PACKAGE)
    with installed(root):
        loads = mistake.check != "loads_alone_and_with_all"
        stage = Stage(GOLDEN, fill=fill_of(root) if loads else None)
        try:
            assert stage.directory.parent == root
            told = "\n".join(findings(check, stage))
        finally:
            stage.close()
    assert mistake.says in told, f"{mistake.check} says: {told or 'nothing'}"
