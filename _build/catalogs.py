"""Keeps the message catalogs: words out of the code into ``*.po``, and ``*.po`` compiled to what Flask-Babel reads.

``python _build/catalogs.py update`` reads the code anew, ``python _build/catalogs.py`` compiles what is stale. Compiled
catalogs are never committed; both commands need Babel, ``stale()`` the standard library only. How it is done stands in
``helpdesk_core/i18n``, which ``helpdesk i18n`` uses too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

    from helpdesk_core.i18n.updating import Coverage, Part

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "helpdesk_core" / "translations"
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the build runs from elsewhere, before anything is installed

from helpdesk_core.i18n.compiling import compile_catalog, stale_among  # noqa: E402


def sources() -> list[Path]:
    """Every catalog of the core and of the plugins in this repository."""
    return sorted([*CORE.glob("*/LC_MESSAGES/*.po"), *ROOT.glob("plugins/*/*/translations/*/LC_MESSAGES/*.po")])


def stale() -> list[Path]:
    """The catalogs whose compiled form is missing or older than they are."""
    return stale_among(sources())


def compile_stale() -> list[Path]:
    """Compile what is stale, each file whole or not at all; returns the catalogs. Raises ``ValueError``."""
    done = stale()
    for path in done:
        compile_catalog(path)
    return done


def parts() -> Iterator[Part]:
    """The core and every plugin in this repository."""
    from helpdesk_core.i18n.layers import CORE as CORE_DOMAIN
    from helpdesk_core.i18n.updating import Part
    from helpdesk_core.install import preset_words

    names = tuple((context, key, text, "helpdesk_core/install.py") for context, key, text in preset_words())
    yield Part(CORE_DOMAIN, ROOT / "helpdesk_core", names)
    for manifest in sorted(ROOT.glob("plugins/*/*/helpdesk-plugin.toml")):
        yield Part(manifest.parent.name.removeprefix("helpdesk_"), manifest.parent)


def template() -> Catalog:
    """Every text of the core that a page or a refusal shows, and the words that a new desk begins with."""
    from helpdesk_core.i18n.updating import template_of

    return template_of(next(parts()))


def update() -> Iterator[Coverage]:
    """Bring the catalogs of the core and of the plugins up to date with the code."""
    from helpdesk_core.i18n.updating import update_catalogs

    for part in parts():
        yield from update_catalogs(part)


def main() -> int:
    """Run one command; returns its exit status."""
    if sys.argv[1:] == ["update"]:
        for one in update():
            print(f"{one.domain} {one.language}: {one.done} of {one.total} texts are translated")
    for path in compile_stale():
        print(f"compiled {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
