"""The files of the demonstration, read."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@cache
def people() -> dict[str, Any]:
    """Employees, companies and contacts by key."""
    return _read(DATA / "people.toml")


@cache
def desk_settings() -> dict[str, Any]:
    """Groups, custom fields, canned answers and views."""
    return _read(DATA / "settings.toml")


@cache
def tickets() -> tuple[dict[str, Any], ...]:
    """The tickets written by hand, file by file."""
    return tuple(ticket for path in sorted((DATA / "tickets").glob("*.toml")) for ticket in _read(path)["ticket"])


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
