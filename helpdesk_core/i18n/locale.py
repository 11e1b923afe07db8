"""Which language and time zone a page speaks: the person's own, else the browser's choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, Domain, force_locale, get_locale, gettext, ngettext
from flask_babel.speaklater import LazyString
from markupsafe import escape

from helpdesk_core.contract.messages import Message, translate_by
from helpdesk_core.i18n.layers import CORE, Layered, ask, overlay_of
from helpdesk_core.i18n.templates import speak_in_templates

#: Code and own name of every language of the interface.
LANGUAGES: Final = (("en", "English"), ("ms", "Bahasa Melayu"), ("ru", "Русский"), ("ar", "العربية"))
_CODES: Final = tuple(code for code, _ in LANGUAGES)
DEFAULT: Final = "en"
_SILENT: Final = Layered(NullTranslations(), {}, CORE, DEFAULT)


def init_babel(app: Flask) -> None:
    """Give *app* its languages; what templates say is escaped by itself."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", DEFAULT)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "UTC")
    babel = Babel(app, locale_selector=chosen_language, timezone_selector=_chosen_zone)
    words = babel.domain_instance = Words()
    translate_by(_said)
    speak_in_templates(app.jinja_env, [words])
    # The library calls its lazy texts safe HTML, in templates and in the attributes that WTForms writes; a site's own
    # words are not (T-02), wherever a plugin got its lazy texts from.
    LazyString.__html__ = _escaped


class Words(Domain):  # type: ignore[misc]  # the library ships no types
    """One catalog's words under the site's own: ``Words([folder of translations], domain="<plugin>")``.

    The catalogs are kept by language: a page asks for some hundred words. A word of the site that cannot be filled
    with the values at hand gives way to the catalog's, so that no edit can break a page.
    """

    def __init__(self, translation_directories: Sequence[str] | None = None, domain: str = "messages") -> None:
        super().__init__(translation_directories, domain)
        self.owner: str = CORE if domain == "messages" else domain
        self._packaged: dict[tuple[str | None, ...], NullTranslations] = {}
        self._layered: dict[str, Layered] = {}

    def get_translations(self) -> Layered:
        """The words of the current language."""
        locale: Locale | None = get_locale()
        if locale is None:
            return _SILENT
        overlay = overlay_of(locale.language)
        found = self._layered.get(locale.language)
        if found is None or found.overlay is not overlay:
            found = Layered(self.packaged(locale), overlay, self.owner, locale.language)
            self._layered[locale.language] = found
        return found

    def packaged(self, locale: Locale) -> NullTranslations:
        """The catalog as it came with the program."""
        language = (locale.language, locale.territory, locale.script)
        found = self._packaged.get(language)
        if found is None:
            with force_locale(str(locale)):
                found = self._packaged[language] = super().get_translations()
        return found

    def gettext(self, string: str, **variables: Any) -> str:
        """The text in the reader's language."""
        return self._filled("", string, None, None, variables)

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """The text for *num* things."""
        return self._filled("", singular, plural, num, {"num": num, **variables})

    def pgettext(self, context: str, string: str, **variables: Any) -> str:
        """The text in a context."""
        return self._filled(context, string, None, None, variables)

    def npgettext(self, context: str, singular: str, plural: str, num: int, **variables: Any) -> str:
        """The text for *num* things in a context."""
        return self._filled(context, singular, plural, num, {"num": num, **variables})

    def _filled(
        self, context: str, one: str, many: str | None, number: int | None, variables: Mapping[str, Any]
    ) -> str:
        words = self.get_translations()
        said = words.find(context, one)
        if said is not None:
            try:
                return words.form(said.formats, number) % variables if variables else words.form(said.unfilled, number)
            except (KeyError, TypeError, ValueError):
                pass  # the catalog's word below was checked with the program
        text = ask(words.packaged, context, one, many, number)
        return text % variables if variables else text


def _escaped(text: LazyString) -> str:
    return str(escape(str(text)))


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
