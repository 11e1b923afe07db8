"""The site's own words in a configuration: by language, each under ``domain|context|word``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.configuration.document import Configuration, LanguageEntry
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.messages import message
from helpdesk_core.i18n.terms import FOR_CUSTOMERS, owner_of
from helpdesk_core.i18n.texts import faults_of
from helpdesk_core.imports.toml_tables import Problems
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.services import CODES, change, new_row
from helpdesk_core.wording.words import Word, digest_of

#: The context in which the names of a part are words, and the part.
_NAMES: Final[Mapping[str, str]] = {"status": "statuses", "priority": "priorities", "type": "types", "role": "roles"}
_BETWEEN: Final = "|"


def with_words(session: Session, one: Configuration) -> Configuration:
    """*one* with those of the site's words that say something of it: a name that it does not have is left out."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in session.scalars(select(Translation).order_by(Translation.language)):
        key = _BETWEEN.join((row.domain, row.context, row.msgid))
        if row.forms and one.covers(row.domain) and _word(one, key) is not None:
            found.setdefault(row.language, {})[key] = tuple(row.forms)
    return replace(one, words={language: LanguageEntry(words=words) for language, words in found.items()})


def check_words(wanted: Configuration, problems: Problems) -> None:
    """Note every word that there is not, or whose text would break a page."""
    for language, entry in wanted.words.items():
        if language not in CODES:
            problems.add(f"[words.{language}]", message("the interface does not speak this language"))
            continue
        for key, forms in entry.words.items():
            place, word = f"[words.{language}] {key}", _word(wanted, key)
            if word is None:
                problems.add(place, message("there is no such word"))
            elif not wanted.covers(word.domain):
                problems.add(place, message("belongs to an application that [configuration] does not name"))
            else:
                for fault in faults_of(word.source, forms, language, label=word.label):
                    problems.add(place, fault)


def write_words(session: Session, wanted: Configuration, *, actor: Actor) -> None:
    """Say the words of *wanted* and let the catalogs say the others; words of names that it does not have stay."""
    rows = {(row.language, row.digest): row for row in session.scalars(select(Translation))}
    for language, word, forms in _said(wanted):
        row = rows.pop((language, word.digest), None)
        if row is None or tuple(row.forms) != forms:
            change(session, row or new_row(session, word, language), forms, word.texts, actor=actor)
    for row in rows.values():
        key = _BETWEEN.join((row.domain, row.context, row.msgid))
        if row.forms and wanted.covers(row.domain) and _word(wanted, key) is not None:
            change(session, row, (), row.source, actor=actor)
    session.flush()


def _said(wanted: Configuration) -> Iterator[tuple[str, Word, tuple[str, ...]]]:
    for language, entry in wanted.words.items():
        for key, forms in entry.words.items():
            word = _word(wanted, key)
            if word is not None:
                yield language, word, forms


def _word(one: Configuration, key: str) -> Word | None:
    """The word that *key* names: a name of the configuration's own, or one of the program's."""
    domain, _, rest = key.partition(_BETWEEN)
    context, _, msgid = rest.partition(_BETWEEN)
    part = _NAMES.get(context.removeprefix(FOR_CUSTOMERS))
    if part is None:
        return inventory().by_digest.get(digest_of(domain, context, msgid))
    entry = getattr(one, part).get(msgid)
    if entry is None or domain != owner_of(context, msgid):
        return None
    return Word(domain, context, msgid, (entry.label if part == "statuses" else entry.name,), True)
