"""Which language and time zone a request is answered in."""

from __future__ import annotations

from typing import Final

from flask import g, has_request_context, request, session

#: Languages of the interface with the names they call themselves.
LANGUAGES: Final = (("en", "English"), ("ms", "Bahasa Melayu"), ("ru", "Русский"), ("ar", "العربية"))
_CODES: Final = tuple(code for code, _ in LANGUAGES)
_RIGHT_TO_LEFT: Final = frozenset({"ar"})


def select_language() -> str:
    """The person's choice, else this browser's choice, else what the browser asks for, else English."""
    if not has_request_context():
        return "en"
    chosen = session.get("language") or getattr(getattr(g, "person", None), "language", None)
    if chosen in _CODES:
        return str(chosen)
    return request.accept_languages.best_match(_CODES) or "en"


def select_timezone() -> str:
    """The person's time zone."""
    person = getattr(g, "person", None) if has_request_context() else None
    return getattr(person, "timezone", None) or "UTC"


def direction(language: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"
