"""The page of threats says where each one is proved; what it says is so."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "threats.md"


def test_every_file_that_the_page_names_proves_its_id() -> None:
    """Each file of the table exists and holds a test whose docstring carries the id."""
    table = PAGE.read_text(encoding="utf-8").partition("## Where the tests are")[2]
    rows = re.findall(r"^\| ([TF]-\d\d) \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) >= 18
    for threat, files in rows:
        for name in re.findall(r"`([^`]+)`", files):
            assert threat in (ROOT / name).read_text(encoding="utf-8"), (threat, name)
        assert "tests/" in files, f"{threat} has no test"
