"""The catalogs that come with the core and with plugins: kept up to date with the code, checked, and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from helpdesk_core.contract.messages import message
from helpdesk_core.i18n.compiling import read_catalog
from helpdesk_core.i18n.extraction import marked_texts
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.i18n.plurals import header_of
from helpdesk_core.i18n.po import Entry, Fault, read_file
from helpdesk_core.i18n.texts import faults_of

#: English needs no catalog: its texts are the code's own.
TRANSLATED: Final = ("ms", "ru", "ar")
_WIDTH: Final = 120


@dataclass(frozen=True, slots=True)
class Part:
    """The core, or a plugin: whose words, where its package stands, and its names: context, key, English text, file."""

    domain: str
    package: Path
    names: tuple[tuple[str, str, str, str], ...] = ()

    def catalog(self, language: str) -> Path:
        """Where its catalog of a language stands, there or not."""
        name = "messages" if self.domain == CORE else self.domain
        return self.package / "translations" / language / "LC_MESSAGES" / f"{name}.po"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of a part is translated into a language."""

    domain: str
    language: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        """Full hundreds only where nothing is missing."""
        return 100 if self.done == self.total else min(99, self.done * 100 // self.total)


def template_of(part: Part) -> Catalog:
    """Every marked text of the part and every name that it has, with where it stands."""
    catalog = Catalog(project=f"helpdesk-{part.domain.replace('_', '-')}", charset="utf-8")
    for one in marked_texts(part.package):
        text = one.texts[0] if len(one.texts) == 1 else one.texts
        path = one.path if part.domain == CORE else one.path.partition("/")[2]
        catalog.add(text, None, [(path, 1)], auto_comments=one.comments, context=one.context or None)
    for context, key, text, path in part.names:
        catalog.add(key, None, [(path, 1)], auto_comments=[text], context=context)
    return catalog


def update_catalogs(part: Part, languages: Iterable[str] = TRANSLATED) -> Iterator[Coverage]:
    """Bring the catalogs of *part* up to date with its code; what translators wrote stays, what is gone goes."""
    texts = template_of(part)
    for language in languages:
        path = part.catalog(language)
        catalog = read_catalog(path) if path.exists() else _new(part, language)
        texts.creation_date = catalog.creation_date  # a date of its own would change the file every time
        catalog.update(texts, no_fuzzy_matching=True, update_header_comment=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".po.tmp")
        with temporary.open("wb") as target:
            write_po(target, catalog, width=_WIDTH, ignore_obsolete=True, sort_output=True, include_lineno=False)
        temporary.replace(path)
        yield _counted(part, language, catalog)


def coverage_of(part: Part, languages: Iterable[str] = TRANSLATED) -> Iterator[Coverage]:
    """How much of the code's words each catalog has."""
    texts = template_of(part)
    for language in languages:
        path = part.catalog(language)
        catalog = read_catalog(path) if path.exists() else _new(part, language)
        catalog.update(texts, no_fuzzy_matching=True, update_header_comment=False)
        yield _counted(part, language, catalog)


def check_catalog(part: Part, language: str, known: Mapping[tuple[str, str], Entry]) -> Iterator[Fault]:
    """What is wrong with a catalog, line by line: what cannot be read, and what does not fit its source."""
    path = part.catalog(language)
    if not path.is_file():
        return
    file = read_file(path.read_bytes(), language)
    yield from file.faults
    for entry in file.entries:
        word = known.get((entry.context, entry.msgid or ""))
        if word is None:
            continue  # the next update takes it out
        if (entry.plural or None) != word.plural:
            yield Fault(entry.line, message("The source has another plural."))
        elif entry.fuzzy:
            yield Fault(entry.line, message("This word is marked fuzzy: check it and take the mark away."))
        elif any(entry.forms.values()):
            label = not word.forms
            source = ("",) if label else tuple(word.forms.values())
            yield from (Fault(entry.line, one) for one in faults_of(source, entry.texts, language, label=label))


def known_words(part: Part) -> Mapping[tuple[str, str], Entry]:
    """The words of the code by context and text; names, which are known by a key, have no ``forms``."""
    found: dict[tuple[str, str], Entry] = {}
    for one in template_of(part):
        if not one.id:
            continue
        texts = (one.id,) if isinstance(one.id, str) else tuple(one.id)
        plural = texts[1] if len(texts) > 1 else None
        entry = Entry(0, one.context or "", texts[0], plural, dict(enumerate(texts)))
        found[one.context or "", texts[0]] = entry
    for context, key, _text, _path in part.names:
        found[context, key] = Entry(0, context, key)
    return found


def _new(part: Part, language: str) -> Catalog:
    made = Catalog(locale=language, project=f"helpdesk-{part.domain}", version="1", charset="utf-8", fuzzy=False)
    made.mime_headers = [("Plural-Forms", header_of(language))]  # the library's own guess may differ
    whose = "the helpdesk" if part.domain == CORE else part.domain
    made.header_comment = f"# {made.locale.english_name if made.locale else language} words of {whose}."
    return made


def _counted(part: Part, language: str, catalog: Catalog) -> Coverage:
    listed = [one for one in catalog if one.id]
    done = sum(not one.fuzzy and all(_strings(one.string)) for one in listed)
    return Coverage(domain=part.domain, language=language, done=done, total=len(listed))


def _strings(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)
