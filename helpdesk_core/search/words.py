"""Words as they are searched: normalised by us, so that both databases find the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from markupsafe import Markup, escape

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


def snippet(text: str, words: Sequence[str], width: int = 160) -> Markup:
    """About *width* signs of *text* around the first word that begins with one of *words*, such words marked."""
    places = [found.span() for found in _WORD.finditer(text) if _begins(found.group(), words)]
    start = max(0, places[0][0] - width // 3) if places else 0
    if start:
        start = text.find(" ", start, places[0][0]) + 1 or start
    end = min(len(text), start + width)
    parts, at = [Markup("… ") if start else Markup("")], start
    for left, right in places:
        if right > end:
            break
        parts += [escape(text[at:left]), Markup("<mark>{}</mark>").format(text[left:right])]
        at = right
    return Markup("").join([*parts, escape(text[at:end]), Markup(" …") if end < len(text) else Markup("")])


def _begins(word: str, words: Sequence[str]) -> bool:
    return any(form.startswith(tuple(words)) for form in words_of(word))
