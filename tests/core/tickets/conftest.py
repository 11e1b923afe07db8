"""The desk that ticket tests work on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.core.desk import Desk, build_desk


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    """People of every role in a fresh database, with the app's context open."""
    with app.app_context():
        yield build_desk()
