"""The reference says what the code says: every hook, slot, event, right, setting and command, with who uses it."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

from docs.contract_facts import ROOT
from docs.reference_pages import LOCK, pages


@pytest.mark.parametrize("path", sorted(pages()), ids=lambda path: path.name)
def test_a_page_is_what_the_code_says(path: Path) -> None:
    """A change of the contract is a change of ``contract.lock.json``, for everybody to see."""
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    text = pages()[path]
    name = str(path.relative_to(ROOT))
    changes = "".join(unified_diff(stored.splitlines(True), text.splitlines(True), name, "the code", n=1))
    meant = (
        "The public contract changed. If that is meant: raise API_VERSION where the rules ask for it, tell plugin "
        "authors in the changelog, and run `make docs`."
        if path == LOCK
        else "The page lags behind the code: run `make docs`."
    )
    assert stored == text, f"{meant}\n{changes}"
