"""Catalogs compiled to what gettext reads: by the build, by ``dev.py`` and by ``helpdesk i18n update``.

Finding out what is stale needs the standard library only, so that a bare checkout can ask; compiling needs Babel.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


def stale_among(paths: Iterable[Path]) -> list[Path]:
    """The catalogs whose compiled form is missing or older than they are."""
    return [path for path in paths if not _fresh(path)]


def _fresh(path: Path) -> bool:
    compiled = path.with_suffix(".mo")
    return compiled.is_file() and compiled.stat().st_mtime_ns > path.stat().st_mtime_ns


def compile_catalog(path: Path) -> None:
    """Compile one catalog, whole or not at all; raises ``ValueError`` with its name where it cannot be read."""
    from babel.messages.mofile import write_mo

    catalog = read_catalog(path)
    temporary = path.with_suffix(".mo.tmp")
    with temporary.open("wb") as target:
        write_mo(target, catalog)
    temporary.replace(path.with_suffix(".mo"))


def read_catalog(path: Path) -> Catalog:
    """The catalog ``<language>/LC_MESSAGES/<domain>.po``; raises ``ValueError`` with its name."""
    from babel.messages.pofile import PoFileError, read_po

    with path.open("rb") as source:
        try:
            return read_po(source, locale=path.parts[-3], abort_invalid=True)
        except PoFileError as error:
            raise ValueError(f"{path}: {error}") from error
