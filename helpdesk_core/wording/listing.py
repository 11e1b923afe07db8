"""The list of words: searched in any language, filtered, page by page. Nothing is asked per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.db.reference import cached
from helpdesk_core.i18n.domains import domains
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.overlay import is_label
from helpdesk_core.wording.queries import ENGLISH, Edit, edits_of, packaged_forms, site_forms
from helpdesk_core.wording.services import CODES, MANAGE, check_language
from helpdesk_core.wording.words import Word

PAGE_SIZE: Final = 50
CHANGED, UNTRANSLATED, STALE = "changed", "untranslated", "stale"
STATES: Final = ("", CHANGED, UNTRANSLATED, STALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A word in one language: what the catalogs say (``packaged``), the site's file, and the edit where there is one.

    ``known`` is false where the program has no such word any more: its edit waits to be looked at.
    """

    word: Word
    packaged: tuple[str, ...]
    from_file: tuple[str, ...]
    edit: Edit | None
    known: bool
    translates: bool

    @property
    def changed(self) -> bool:
        """Whether an administrator said it the site's way."""
        return self.edit is not None and bool(self.edit.forms)

    @property
    def current(self) -> tuple[str, ...]:
        """What readers of the language see."""
        forms = self.edit.forms if self.edit is not None else ()
        return forms or self.from_file or self.packaged or self.word.texts

    @property
    def untranslated(self) -> bool:
        """Whether readers of the language see English. A word for customers is the staff's, and so translated."""
        return self.translates and not (self.changed or self.from_file or self.packaged)

    @property
    def stale(self) -> bool:
        """Whether the source has changed since the edit, or is gone."""
        return self.changed and self.edit is not None and (not self.known or self.edit.source != self.word.texts)

    def is_in(self, state: str) -> bool:
        """Whether the word is of this state; every word is of the state ``""``."""
        return {CHANGED: self.changed, UNTRANSLATED: self.untranslated, STALE: self.stale}.get(state, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the list is asked for; ``after`` and ``before`` are the addresses of words that a page lies next to."""

    language: str
    text: str = ""
    domain: str = ""
    room: str = ""
    state: str = ""
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPage:
    """A page of the list, how many words each state has under the same filters, and where its neighbours begin."""

    rows: tuple[Row, ...]
    counts: Mapping[str, int]
    after: str | None
    before: str | None


def find_words(search: Search, *, actor: Actor) -> WordPage:
    """The words that fit, names first."""
    require(actor, MANAGE)
    check_language(search.language)
    rows = rows_of(search.language)
    wanted = search.text.casefold().split()
    texts = cached("words.searched", _searched) if wanted else {}
    fitting = [
        (index, row)
        for index, row in enumerate(rows)
        if (not search.domain or row.word.domain == search.domain)
        and (not search.room or search.room in row.word.rooms)
        and (not wanted or all(part in texts.get(row.word.digest, "") for part in wanted))
    ]
    counts = {state: sum(row.is_in(state) for _, row in fitting) for state in STATES}
    chosen = [(index, row) for index, row in fitting if row.is_in(search.state)]
    return _cut(chosen, {row.word.digest: index for index, row in enumerate(rows)}, counts, search)


def _cut(chosen: Sequence[tuple[int, Row]], places: Mapping[str, int], counts: Mapping[str, int],
         search: Search) -> WordPage:  # fmt: skip
    # A page begins after a word and not at a number: what was edited meanwhile moves no other row.
    if search.before in places:
        earlier = [one for one in chosen if one[0] < places[search.before]]
        page, more_before = earlier[-PAGE_SIZE:], len(earlier) > PAGE_SIZE
        more_after = bool(page)
    else:
        start = places.get(search.after, -1)
        later = [one for one in chosen if one[0] > start]
        page, more_after = later[:PAGE_SIZE], len(later) > PAGE_SIZE
        more_before = any(index <= start for index, _ in chosen)
    rows = tuple(row for _, row in page)
    return WordPage(
        rows=rows,
        counts=counts,
        after=rows[-1].word.digest if rows and more_after else None,
        before=rows[0].word.digest if rows and more_before else None,
    )


def rows_of(language: str) -> tuple[Row, ...]:
    """Every word in one language, in order; those that the program has no more stand last."""
    return cached(f"words.rows.{language}", partial(_rows, language))


def _rows(language: str, session: Session) -> tuple[Row, ...]:
    edits = edits_of(session, language)
    known = inventory()
    return tuple(_known_rows(known.words, edits, language)) + tuple(
        _row(word_of(edit), edit, language, known=False)
        for edit in edits.values()
        if edit.digest not in known.by_digest and edit.forms and edit.domain in (CORE, *domains())
    )


def _known_rows(words: Sequence[Word], edits: Mapping[str, Edit], language: str) -> Iterator[Row]:
    for word in words:
        yield _row(word, edits.get(word.digest), language, known=True)


def _row(word: Word, edit: Edit | None, language: str, *, known: bool) -> Row:
    return Row(
        word=word,
        packaged=packaged_forms(word, language) if known else (),
        from_file=site_forms(word, language),
        edit=edit,
        known=known,
        # Names that an administrator typed are in whatever language he typed them.
        translates=language != ENGLISH and not word.for_customers and not _typed(word),
    )


def _typed(word: Word) -> bool:
    return word.label and word.shown_as is None and word.msgid.startswith("site.")


def word_of(edit: Edit) -> Word:
    """A word that the program has no more, as it was when it was edited."""
    return Word(edit.domain, edit.context, edit.msgid, edit.source, label=is_label(edit.context, edit.msgid))


def _searched(session: Session) -> Mapping[str, str]:
    """What a search looks at: each word in every language, its key and its source."""
    said: dict[str, list[str]] = {
        word.digest: [word.msgid, *word.texts, *(form for code in CODES for form in packaged_forms(word, code))]
        for word in inventory().words
    }
    for digest, msgid, forms in session.execute(select(Translation.digest, Translation.msgid, Translation.forms)):
        said.setdefault(digest, [msgid]).extend(forms)
    return {digest: "\n".join(dict.fromkeys(texts)).casefold() for digest, texts in said.items()}
