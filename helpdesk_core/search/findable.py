"""People and companies are found, told apart and sorted by their words, the same in any alphabet on both databases."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from sqlalchemy import ColumnElement, String, Text, and_, event, false, or_
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.search.words import MAX_QUERY_WORDS, normalised, words_of

_KEY_LENGTH: Final = 200
#: What looks like a telephone number is searched by its digits alone, however it is spaced.
_NUMBER: Final = re.compile(r"[+(]?[\d\s()./-]{3,}")


class Findable:
    """A row with a name and its searchable words, kept by each flush that writes what they are made of.

    lower() of SQLite knows ASCII only, so the words are made here: without case, accents and punctuation.
    """

    #: The attributes whose words find the row.
    __found_by__: ClassVar[tuple[str, ...]] = ("name", "email", "phone")

    name: Mapped[str]
    #: The name's words; lists are sorted by it.
    name_key: Mapped[str] = mapped_column(String(_KEY_LENGTH), default="", index=True)
    words: Mapped[str] = mapped_column(Text, default="")


@event.listens_for(Findable, "before_insert", propagate=True)
@event.listens_for(Findable, "before_update", propagate=True)
def _keep_words(mapper: Any, connection: Any, row: Findable) -> None:
    row.name_key = " ".join(words_of(row.name))[:_KEY_LENGTH]
    texts = [getattr(row, name) or "" for name in row.__found_by__]
    row.words = normalised(*texts, _digits(getattr(row, "phone", None) or ""))


def found_by(text: str, *columns: ColumnElement[Any] | Any) -> ColumnElement[bool]:
    """Whether every word of *text* stands, whole or as a part, in one of *columns* of words."""
    number = _digits(text) if _NUMBER.fullmatch(text.strip()) else ""
    words = [number] if number else words_of(text, MAX_QUERY_WORDS)
    if not words:
        return false()
    # words_of() leaves letters and digits only, so there is nothing to escape.
    return and_(*(or_(*(column.contains(word) for column in columns)) for word in words))


def _digits(text: str) -> str:
    return "".join(re.findall(r"\d", text))
