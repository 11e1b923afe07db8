"""Plugins made on the spot, installed for the length of a test: found by their metadata as any other."""

from __future__ import annotations

import configparser
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Table

from helpdesk_core.db.base import metadata


@contextmanager
def installed(*roots: Path) -> Iterator[None]:
    """Make the distributions in *roots* (folders with a setup.cfg) importable and forget them afterwards.

    A copy of an installed plugin takes its place meanwhile.
    """
    before = list(sys.path)
    packages = [path.parent.name for root in roots for path in root.glob("*/helpdesk-plugin.toml")]
    modules = {name: module for name, module in sys.modules.items() if name.split(".")[0] in packages}
    tables = _forget(packages)
    for root in roots:
        _write_metadata(root)
        sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before
        _forget(packages)
        sys.modules.update(modules)
        for table in tables:
            metadata._add_table(table.name, table.schema, table)
        importlib.invalidate_caches()


def _write_metadata(root: Path) -> None:
    """What pip would write: the name, the requirement and the entry points of setup.cfg."""
    config = configparser.ConfigParser()
    config.read(root / "setup.cfg", encoding="utf-8")
    name = config["metadata"]["name"]
    info = root / f"{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir(exist_ok=True)
    requires = "".join(f"Requires-Dist: {line}\n" for line in config["options"]["install_requires"].split("\n") if line)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n{requires}", encoding="utf-8")
    points = config["options.entry_points"]["helpdesk.plugins"].strip()
    (info / "entry_points.txt").write_text(f"[helpdesk.plugins]\n{points}\n", encoding="utf-8")


def _forget(packages: list[str]) -> list[Table]:
    """Unload the packages; returns the tables that are no longer known."""
    names = {package.removeprefix("helpdesk_") for package in packages}
    for module in list(sys.modules):
        if module.split(".")[0] in packages:
            del sys.modules[module]
    found = []
    for table in list(metadata.tables.values()):
        if table.info.get("owner") in names or any(table.name.startswith(f"{name}_") for name in names):
            metadata.remove(table)
            found.append(table)
    return found
