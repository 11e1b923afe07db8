"""Every word of a desk said otherwise, in every language: what depends on a label or forgets to escape one is found.

``HELPDESK_TEST_RENAMED=1`` renames the databases of all tests (``apps.py``); tests that assert the wording carry the
marker ``wording`` and are left out then. ``@pytest.mark.helpdesk(words="renamed")`` does it for one test.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from itertools import chain, zip_longest
from typing import Final

from flask import Flask
from sqlalchemy import insert, text

from helpdesk_core.db.session import db
from helpdesk_core.db.types import utcnow
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.i18n.plurals import count_of
from helpdesk_core.i18n.texts import LONGEST_LABEL, faults_of, places, tags
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.queries import packaged_forms
from helpdesk_core.wording.words import Word

#: Set to 1, every database of the tests begins with other words.
VARIABLE: Final = "HELPDESK_TEST_RENAMED"
#: What the words are made from; the head of the run tells it.
SEED_VARIABLE: Final = "HELPDESK_TEST_RENAMED_SEED"

#: What a word says in a language: one text, or one for each form of number.
Say = Callable[[Word, str], tuple[str, ...]]

RENAMED: Final = "renamed"
PSEUDO: Final = "pseudo"
BEGINNING, END = "⟦", "⟧"

#: Letters of both directions, marks that combine, emoji, quotes, and what looks like markup and is none.
_PIECES: Final = (
    "فتحَ", "مُغلق", "שלום", "עוֹלָם", "ЖёЩ", "Ǆž", "東京", "e\u0301\u0323\u0302", "a\u0308\u0332", "👩\u200d🔧", "🎫",
    "🇲🇾", "\u200f", "\u2067אב\u2069", '"', "'", "«»", "„“", "&", "&amp;", "&lt;b&gt;", "< 3 >", "<>", "--", "/*", "*/",
    "{{ 7 * 7 }}", "{% raw", "${x}", "\\", "`", "100 % ", "\u00a0", ";", ",", "=", "ﷺ", "İı", "ß", "\u0e01\u0e33",
    "<\u200bscript", "0", "null", "#", "@", "|",
)  # fmt: skip
_KEPT: Final = re.compile(r"(%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdrif]|%%|</?[A-Za-z][^<>]*>)")
_ACCENTS: Final = str.maketrans(
    "aceghijlmnorstuwyzACEGHIJLMNORSTUWYZ", "áçéĝĥíĵĺḿñóŕšţúŵýžÁÇÉĜĤÍĴĹḾÑÓŔŠŢÚŴÝŽ"
)  # fmt: skip


def wanted_words() -> str | None:
    """What the environment says about the words of all tests."""
    return RENAMED if os.environ.get(VARIABLE, "0") not in ("", "0") else None


def chosen_seed() -> str:
    """What the random words are made from: given, or chosen once for this process and those that it starts."""
    return os.environ.setdefault(SEED_VARIABLE, str(random.randrange(10**6)))  # noqa: S311 - no secret


def say_at_random(word: Word, language: str) -> tuple[str, ...]:
    """Random letters of every sort; the same for the same seed. Names of one kind come in twos that are the same."""
    named = _pair_of(word) if word.label else word.digest
    dice = random.Random(f"{chosen_seed()} {language} {named}")  # noqa: S311 - no secret
    forms = count_of(language) if word.plural else 1
    return tuple(_strange(word.source[-1], dice, label=word.label) for _ in range(forms))


def say_between_marks(word: Word, language: str) -> tuple[str, ...]:
    """The same text, longer by two fifths, with accents and a mark at each end: ``⟦Ópéñ~⟧``."""
    said = packaged_forms(word, language) or word.texts
    forms = said if len(said) == (count_of(language) if word.plural else 1) else (said[-1],) * count_of(language)
    return tuple(_marked(form) for form in forms)


#: What was said once in this process: every application of a run says the same.
_said: dict[tuple[Say, str, str, str], tuple[str, ...]] = {}
SPEAKERS: Final[dict[str, Say]] = {RENAMED: say_at_random, PSEUDO: say_between_marks}


def write_words(app: Flask, words: str) -> int:
    """Say every word of *app* otherwise, in its migrated database; returns the version of its small tables since."""
    with app.app_context():
        rows = list(_rows(SPEAKERS[words]))
        with db.engine.begin() as connection:
            connection.execute(insert(Translation), rows)
            connection.execute(text("UPDATE reference_version SET version = version + 1"))
            return int(connection.execute(text("SELECT version FROM reference_version")).scalar_one())


def _rows(say: Say) -> Iterator[dict[str, object]]:
    now = utcnow()
    for word in inventory().words:
        named = _pair_of(word) if word.label else ""
        for language, _name in LANGUAGES:
            known = say, language, word.digest, named
            if known not in _said:
                _said[known] = _allowed(word, say(word, language), language)
            forms = _said[known]
            yield {
                "language": language, "digest": word.digest, "domain": word.domain, "context": word.context,
                "msgid": word.msgid, "plural": word.plural, "forms": list(forms), "previous": None,
                "source": list(word.texts), "version": 1, "edited_by": "tests", "edited_at": now,
            }  # fmt: skip


def _allowed(word: Word, forms: tuple[str, ...], language: str) -> tuple[str, ...]:
    faults = faults_of(word.source, forms, language, label=word.label)
    assert not faults, (word, forms, faults)  # a word that may not be said would silently be the old one
    return forms


def _pair_of(word: Word) -> str:
    """What two names of a kind have in common: every second status is called like the one before it."""
    kind = [one.msgid for one in inventory().words if one.label and one.context == word.context]
    return f"{word.context} {kind.index(word.msgid) // 2}"


def _strange(source: str, dice: random.Random, *, label: bool) -> str:
    kept = [one for one in _KEPT.findall(source) if one != "%%" and (one in places(source) or one in tags(source))]
    longest = LONGEST_LABEL if label else max(8, len(source) * 3 // 2)
    length = longest if dice.random() < 0.02 else min(longest, max(4, int(len(source) * 1.2)))
    between = ["" for _ in range(len(kept) + 1)]
    while sum(map(len, between)) < (length or 8):
        between[dice.randrange(len(between))] += dice.choice(_PIECES) + dice.choice(("", " "))
    said = "".join(chain.from_iterable(zip_longest(between, (f" {one} " for one in kept), fillvalue="")))
    # A letter at each end: what stands at the edge of a text is told apart from the space around it.
    said = f"ж{said[: LONGEST_LABEL - 2] if label else said}й"
    return f"{said}\n" if source.endswith("\n") else said


def _marked(said: str) -> str:
    pieces = _KEPT.split(said)
    longer = "".join(piece if number % 2 else piece.translate(_ACCENTS) for number, piece in enumerate(pieces))
    fill = "~" * max(0, len("".join(pieces[::2])) * 2 // 5 - 1)
    head = longer.rstrip("\n")
    return f"{BEGINNING}{head}{fill}{END}{longer[len(head) :]}"
