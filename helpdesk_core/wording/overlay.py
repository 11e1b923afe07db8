"""The site's own words as every process keeps them: the database's over those of the site's files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from helpdesk_core.db.reference import cached, kept
from helpdesk_core.db.session import db, reading
from helpdesk_core.i18n.layers import CORE, Key, Overlay, Saying
from helpdesk_core.i18n.po import read_file
from helpdesk_core.i18n.texts import faults_of
from helpdesk_core.wording.models import Translation

_log = structlog.get_logger(__name__)
_EXTENSION: Final = "helpdesk_words_last"
_EMPTY: Final[Overlay] = MappingProxyType({})


def current_overlay(language: str) -> Overlay:
    """The words of *language* as they are now; the last known ones while the database cannot be asked."""
    session: Session = db.session()
    known, name = kept(session), f"words.{language}"
    found: Overlay | None = known.get(name)
    if found is None:
        last: dict[str, Overlay] = current_app.extensions.setdefault(_EXTENSION, {})
        try:
            with reading() as asked, asked.no_autoflush:
                found = last[language] = cached(name, partial(_load, language))
        except SQLAlchemyError as error:
            # A page that says so must be drawn even then; tables that are not there yet hold no words.
            _log.warning("words_unknown", language=language, error=str(error).partition("\n")[0])
            found = last.get(language) or from_files(language)
        known[name] = found
    return found


def _load(language: str, session: Session) -> Overlay:
    statement = select(
        Translation.domain, Translation.context, Translation.msgid, Translation.plural, Translation.forms
    ).where(Translation.language == language)
    merged = {domain: dict(words) for domain, words in from_files(language).items()}
    for domain, context, msgid, plural, forms in session.execute(statement):
        source = source_of(context, msgid, plural)
        if forms and not faults_of(source, forms, language, label=is_label(context, msgid)):
            merged.setdefault(domain, {})[context, msgid] = Saying(source[-1], tuple(forms))
    return MappingProxyType({domain: MappingProxyType(words) for domain, words in merged.items()})


def is_label(context: str, msgid: str) -> bool:
    """Whether a word is named by a key, as statuses and roles are, and not by its text."""
    return bool(context) and " " not in msgid and msgid.lower() == msgid


def source_of(context: str, msgid: str, plural: str | None) -> tuple[str, ...]:
    """The texts whose places and markup a translation must have: of a word named by its key, none."""
    if is_label(context, msgid):
        return ("",)
    return (msgid,) if plural is None else (msgid, plural)


def site_folder() -> Path:
    """Where the site keeps its own catalogs, ``<language>/LC_MESSAGES/site.po``."""
    given = current_app.config.get("HELPDESK_TRANSLATIONS_DIR")
    return Path(given) if given else Path(current_app.config["HELPDESK_DATA_DIR"]) / "translations"


def site_files(language: str) -> Iterator[tuple[str, Path]]:
    """The site's files of a language, and whose words they hold: ``site.po`` the core's, ``site.<plugin>.po`` its."""
    folder = site_folder() / language / "LC_MESSAGES"
    for path in sorted(folder.glob("site*.po")) if folder.is_dir() else ():
        yield (CORE if path.stem == "site" else path.stem.removeprefix("site.")), path


def from_files(language: str) -> Overlay:
    """What the site's files say, without wrong lines (``helpdesk i18n check``); read once for each process."""
    read: dict[str, Overlay] = current_app.extensions.setdefault("helpdesk_site_words", {})
    if language not in read:
        found: dict[str, dict[Key, Saying]] = {}
        for domain, path in site_files(language):
            for entry in read_file(path.read_bytes(), language).entries:
                source = source_of(entry.context, entry.msgid or "", entry.plural)
                label = is_label(entry.context, entry.msgid or "")
                if entry.texts and not entry.fuzzy and not faults_of(source, entry.texts, language, label=label):
                    key = entry.context, entry.msgid or ""
                    found.setdefault(domain, {})[key] = Saying(source[-1], entry.texts)
        read[language] = MappingProxyType({one: MappingProxyType(words) for one, words in found.items()})
    return read[language]
