"""Words as they are searched: normalised by us, so that both databases find the same."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
#: Scripts without spaces between words are indexed sign by sign.
_SIGN = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")

MAX_WORDS = 20_000
MAX_WORD_LENGTH = 80
MAX_QUERY_WORDS = 12


def words_of(text: str, limit: int = MAX_WORDS) -> list[str]:
    """The words of *text* in the form that is stored: without case, accents and punctuation."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    flat = _SIGN.sub(r" \1 ", unicodedata.normalize("NFC", flat))
    return [match.group()[:MAX_WORD_LENGTH] for match, _ in zip(_WORD.finditer(flat), range(limit), strict=False)]


def normalised(*texts: str) -> str:
    """The distinct words of *texts*, one space apart."""
    return " ".join(dict.fromkeys(word for text in texts for word in words_of(text)))
