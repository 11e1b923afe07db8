"""The site's own words over the catalogs: what is found first is said.

A word is looked for in the database's overlay of the language, then in the site's own ``.po`` file, then in the
catalogs that come with the program, and else said as the code has it. The layers above provide the first two together
as one overlay, which does not change: another one means that something was edited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from babel.support import NullTranslations
from flask import current_app
from markupsafe import Markup

from helpdesk_core.i18n.plurals import chooser_of
from helpdesk_core.i18n.texts import as_format, as_html, places

#: The domain of the core's own words; a plugin's has the plugin's name.
CORE: Final = "core"
_EXTENSION: Final = "helpdesk_overlay"

#: The context (``""`` for none) and the text or key that the code names a word by.
Key = tuple[str, str]


@dataclass(frozen=True)
class Saying:
    """What the site says instead: one text, or one for each form of number."""

    source: str
    forms: tuple[str, ...]

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """The forms, ready to be filled with values."""
        return tuple(as_format(form, self.source) for form in self.forms)

    @cached_property
    def unfilled(self) -> tuple[str, ...]:
        """The forms for who fills the places himself, as the form library does; as they are where there are none."""
        return self.formats if places(self.source) else self.forms

    @cached_property
    def pages(self) -> tuple[Markup, ...]:
        """The same for a page: what is not the source's own markup is escaped (T-02)."""
        return tuple(as_html(form, self.source) for form in self.formats)


#: By domain, then by key. Immutable.
Overlay = Mapping[str, Mapping[Key, Saying]]
_NOTHING: Final[Overlay] = {}
_NO_WORDS: Final[Mapping[Key, Saying]] = {}


def provide_overlay(app: Any, overlay: Callable[[str], Overlay]) -> None:
    """Say where the site's own words of a language come from."""
    app.extensions[_EXTENSION] = overlay


def overlay_of(language: str) -> Overlay:
    """The site's own words of *language* now; the same object until one is edited."""
    find: Callable[[str], Overlay] | None = current_app.extensions.get(_EXTENSION)
    return find(language) if find is not None else _NOTHING


def ask(catalog: NullTranslations, context: str, one: str, many: str | None, number: int | None) -> str:
    """What a catalog says of a word, whichever of gettext's four questions that is."""
    if many is None or number is None:
        return str(catalog.upgettext(context, one) if context else catalog.ugettext(one))
    return str(catalog.unpgettext(context, one, many, number) if context else catalog.ungettext(one, many, number))


class Layered(NullTranslations):
    """One domain's words in one language: the site's own, then the catalog's."""

    def __init__(self, packaged: NullTranslations, overlay: Overlay, domain: str, language: str) -> None:
        super().__init__()
        self.packaged = packaged
        self.overlay = overlay
        self._own = overlay.get(domain, _NO_WORDS)
        self._language = language

    def find(self, context: str, text: str) -> Saying | None:
        """What the site says of this word itself; none where the catalog speaks."""
        return self._own.get((context, text))

    def form(self, forms: Sequence[str], number: int | None) -> str:
        """The form for *number*, or the only one."""
        if number is None or len(forms) == 1:
            return forms[0]
        chosen = chooser_of(self._language)(abs(int(number)))
        return forms[chosen] if chosen < len(forms) else forms[-1]

    def ugettext(self, message: str) -> str:
        said = self.find("", message)
        return said.unfilled[0] if said else str(self.packaged.ugettext(message))

    def ungettext(self, singular: str, plural: str, n: int) -> str:
        said = self.find("", singular)
        return self.form(said.unfilled, n) if said else str(self.packaged.ungettext(singular, plural, n))

    def upgettext(self, context: str, message: str) -> str:
        said = self.find(context, message)
        return said.unfilled[0] if said else str(self.packaged.upgettext(context, message))

    def unpgettext(self, context: str, singular: str, plural: str, num: int) -> str:
        said = self.find(context, singular)
        return self.form(said.unfilled, num) if said else str(self.packaged.unpgettext(context, singular, plural, num))
