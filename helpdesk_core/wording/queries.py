"""What words say in every layer, for the pages that show and edit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel import Locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.events.models import EventRow
from helpdesk_core.i18n.domains import words_of
from helpdesk_core.i18n.layers import CORE, ask
from helpdesk_core.i18n.plurals import examples_of
from helpdesk_core.i18n.terms import FOR_CUSTOMERS, is_retyped
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.overlay import from_files
from helpdesk_core.wording.words import Word

ENGLISH = "en"
_MOST_EVENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A row of the overlay; ``forms`` is empty where the original was restored."""

    digest: str
    domain: str
    context: str
    msgid: str
    plural: str | None
    forms: tuple[str, ...]
    previous: tuple[str, ...] | None
    source: tuple[str, ...]
    version: int
    edited_by: str
    edited_at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One edit that the journal remembers."""

    who: str
    at: datetime
    before: tuple[str, ...]
    after: tuple[str, ...]


def edits_of(session: Session, language: str, digests: Sequence[str] | None = None) -> Mapping[str, Edit]:
    """The overlay's rows of a language by address, all or those asked for."""
    statement = select(Translation).where(Translation.language == language)
    if digests is not None:
        statement = statement.where(Translation.digest.in_(digests))
    return {row.digest: _edit(row) for row in session.scalars(statement)}


def edits_of_word(session: Session, digest: str) -> Mapping[str, Edit]:
    """The overlay's rows of one word by language."""
    return {
        row.language: _edit(row) for row in session.scalars(select(Translation).where(Translation.digest == digest))
    }


def history_of(session: Session, edit: Edit | None) -> list[Past]:
    """The latest edits of a word in one language, the newest first."""
    if edit is None:
        return []
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.name == "translation.changed", EventRow.subject_id == edit.id)
        .order_by(EventRow.id.desc())
        .limit(_MOST_EVENTS)
    )
    return [
        Past(
            who=row.actor_label,
            at=row.occurred_at,
            before=tuple(row.before.get("forms", ())),
            after=tuple(row.after.get("forms", ())),
        )
        for row in rows
    ]


def packaged_forms(word: Word, language: str) -> tuple[str, ...]:
    """What the word says in *language* where the site says nothing; empty where nobody translated it."""
    if language == ENGLISH or (word.label and is_retyped(staff_context(word), word.msgid, word.texts[0])):
        return word.texts
    here = words_of(word.domain).packaged(Locale.parse(language))
    if word.label:
        found = ask(here, staff_context(word), word.msgid, None, None)
        if found != word.msgid:
            return (found,)
        if word.shown_as is None:
            return ()
        shown = ask(words_of(CORE).packaged(Locale.parse(language)), "", word.shown_as, None, None)
        return (shown,) if shown != word.shown_as else ()
    if word.plural is None:
        found = ask(here, word.context, word.msgid, None, None)
        return (found,) if found != word.msgid else ()
    numbers = [some[0] for some in examples_of(language)]
    forms = tuple(ask(here, word.context, word.msgid, word.plural, number) for number in numbers)
    return forms if not set(forms) <= set(word.texts) else ()


def staff_context(word: Word) -> str:
    """The context in which the staff read the word: customers read the same where nobody said otherwise."""
    return word.context.removeprefix(FOR_CUSTOMERS)


def beneath(word: Word, language: str) -> tuple[str, ...]:
    """What is said in *language* where the database says nothing; empty where that is English for want of a word."""
    return site_forms(word, language) or packaged_forms(word, language)


def site_forms(word: Word, language: str) -> tuple[str, ...]:
    """What the site's own file says."""
    said = from_files(language).get(word.domain, {}).get((word.context, word.msgid))
    return said.forms if said is not None else ()


def _edit(row: Translation) -> Edit:
    return Edit(
        id=row.id,
        digest=row.digest,
        domain=row.domain,
        context=row.context,
        msgid=row.msgid,
        plural=row.plural,
        forms=tuple(row.forms),
        previous=None if row.previous is None else tuple(row.previous),
        source=tuple(row.source),
        version=row.version,
        edited_by=row.edited_by,
        edited_at=row.edited_at,
    )
