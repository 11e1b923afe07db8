"""A new plugin, as ``helpdesk plugins new`` writes it, for the tests of the kit."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk_core.scaffold import write_plugin
from tests.ecosystem.editing import NAME


@pytest.fixture(scope="session")
def new_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plugin that was just written; tests copy it before they change anything."""
    return write_plugin(NAME, tmp_path_factory.mktemp("new"))
