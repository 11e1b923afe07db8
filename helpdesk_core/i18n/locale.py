"""Which language and time zone a page speaks: the person's own, else the browser's choice."""

from __future__ import annotations

from typing import Any, Final

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale, gettext, ngettext

from helpdesk_core.contract.messages import Message, translate_by

#: Code and own name of every language of the interface.
LANGUAGES: Final = (("en", "English"), ("ms", "Bahasa Melayu"), ("ru", "Русский"), ("ar", "العربية"))
_CODES: Final = tuple(code for code, _ in LANGUAGES)
DEFAULT: Final = "en"


def init_babel(app: Flask) -> None:
    """Give *app* its languages; templates get ``gettext`` and ``trans`` in the newstyle, which escapes by itself."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", DEFAULT)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "UTC")
    babel = Babel(app, locale_selector=chosen_language, timezone_selector=_chosen_zone)
    words = babel.domain_instance = Words()
    translate_by(_said)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of the i18n extension
        gettext=lambda text: words.get_translations().ugettext(text),
        ngettext=lambda one, many, number: words.get_translations().ungettext(one, many, number),
        pgettext=lambda context, text: words.get_translations().upgettext(context, text),
        npgettext=lambda context, one, many, number: words.get_translations().unpgettext(context, one, many, number),
        newstyle=True,
    )


class Words(Domain):  # type: ignore[misc]  # the library ships no types
    """The library's domain, with the catalogs kept by language: a page asks for some hundred words."""

    def __init__(self, **place: Any) -> None:
        super().__init__(**place)
        self._by_language: dict[tuple[str | None, ...], NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        """The catalog of the current language."""
        locale: Locale | None = get_locale()
        language = (locale.language, locale.territory, locale.script) if locale is not None else ()
        found = self._by_language.get(language)
        if found is None:
            found = self._by_language[language] = super().get_translations()
        return found


def _said(text: Message) -> str:
    """A refusal of a service in the reader's language."""
    if text.plural is None:
        return str(gettext(text.msgid, **text.values))
    return str(ngettext(text.msgid, text.plural, **text.values))


def chosen_language() -> str:
    """The reader's language: of the person, of the visitor's last choice, of the browser, English."""
    if not has_request_context():
        return DEFAULT
    person = getattr(g, "person", None)
    wanted = (getattr(person, "language", None), session.get("language"))
    found = next((code for code in wanted if code in _CODES), None)
    return found or request.accept_languages.best_match(_CODES, DEFAULT) or DEFAULT


def _chosen_zone() -> str | None:
    person = getattr(g, "person", None)
    return getattr(person, "timezone", None)


def text_direction() -> str:
    """``ltr`` or ``rtl`` of the current language."""
    locale: Locale | None = get_locale()
    return str(locale.text_direction) if locale is not None else "ltr"
