"""Keeps the message catalogs: words out of the code into ``*.po``, and ``*.po`` compiled to what Flask-Babel reads.

``python _build/catalogs.py update`` reads the code anew, ``python _build/catalogs.py`` compiles what is stale. Compiled
catalogs are never committed; both commands need Babel, ``stale()`` the standard library only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "helpdesk_core" / "translations"
LANGUAGES = ("ms", "ru", "ar")
#: What wraps a text in the code: name -> which arguments are texts.
KEYWORDS = {
    "message": None,
    "message_n": (1, 2),
    "lazy_gettext": None,
    "_l": None,
    "_permission": (2,),
}
_WIDTH = 120


def sources() -> list[Path]:
    """Every catalog of the core and of the plugins in this repository."""
    return sorted([*CORE.glob("*/LC_MESSAGES/*.po"), *ROOT.glob("plugins/*/*/translations/*/LC_MESSAGES/*.po")])


def stale() -> list[Path]:
    """The catalogs whose compiled form is missing or older than they are."""
    return [path for path in sources() if not _fresh(path)]


def _fresh(path: Path) -> bool:
    compiled = path.with_suffix(".mo")
    return compiled.is_file() and compiled.stat().st_mtime_ns > path.stat().st_mtime_ns


def compile_stale() -> list[Path]:
    """Compile what is stale, each file whole or not at all; returns the catalogs. Raises ``ValueError``."""
    from babel.messages.mofile import write_mo

    done = stale()
    for path in done:
        catalog = _read(path)
        temporary = path.with_suffix(".mo.tmp")
        with temporary.open("wb") as target:
            write_mo(target, catalog)
        temporary.replace(path.with_suffix(".mo"))
    return done


def update() -> Iterator[tuple[str, int, int]]:
    """Bring the core's catalogs up to date with the code: language, texts translated, texts in all."""
    from babel.messages.pofile import write_po

    texts = template()
    for language in LANGUAGES:
        path = CORE / language / "LC_MESSAGES" / "messages.po"
        catalog = _read(path) if path.exists() else _new(language)
        texts.creation_date = catalog.creation_date  # a date of its own would change the file every time
        catalog.update(texts, no_fuzzy_matching=True, update_header_comment=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            write_po(target, catalog, width=_WIDTH, ignore_obsolete=True, sort_output=True, include_lineno=False)
        listed = [one for one in catalog if one.id]
        yield language, sum(1 for one in listed if all(_strings(one.string))), len(listed)


def template() -> Catalog:
    """Every text of the core that a page or a refusal shows, and the words that a new desk begins with."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

    from helpdesk_core.install import preset_words

    catalog = Catalog(project="helpdesk-core", charset="utf-8")
    methods = [("scaffold/**", "ignore"), ("static/**", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract_from_dir(
        ROOT / "helpdesk_core",
        methods,
        {"templates/**.html": {"silent": "false"}},
        keywords={**DEFAULT_KEYWORDS, **KEYWORDS},
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for name, _line, text, comments, context in found:
        catalog.add(text, None, [(f"helpdesk_core/{name}", 1)], auto_comments=comments, context=context)
    for context, key, text in preset_words():
        catalog.add(key, None, [("helpdesk_core/install.py", 1)], auto_comments=[text], context=context)
    return catalog


def _read(path: Path) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po

    with path.open("rb") as source:
        try:
            return read_po(source, locale=path.parts[-3], abort_invalid=True)
        except PoFileError as error:
            raise ValueError(f"{path}: {error}") from error


def _new(language: str) -> Catalog:
    from babel.messages.catalog import Catalog

    made = Catalog(locale=language, project="helpdesk-core", version="1", charset="utf-8", fuzzy=False)
    if language == "ms":  # the library guesses two forms; Malay has one
        made.mime_headers = [("Plural-Forms", "nplurals=1; plural=0;")]
    made.header_comment = f"# {made.locale.english_name if made.locale else language} words of the helpdesk."
    return made


def _strings(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def main() -> int:
    """Run one command; returns its exit status."""
    if sys.argv[1:] == ["update"]:
        for language, done, total in update():
            print(f"{language}: {done} of {total} texts are translated")
    for path in compile_stale():
        print(f"compiled {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
