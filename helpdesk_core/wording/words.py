"""A word of the interface: what names it, what it says in English, and where it is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask_babel import lazy_gettext as _

from helpdesk_core.i18n.terms import FOR_CUSTOMERS

#: Where the words of a file are seen: the first beginning of its path that fits (inside the package).
ROOMS: Final[tuple[tuple[str, str], ...]] = (
    ("templates/core/portal", "portal"), ("tickets/portal", "portal"), ("templates/core/layouts/portal", "portal"),
    ("templates/core/tickets", "tickets"), ("templates/core/macros/tickets", "tickets"), ("tickets/", "tickets"),
    ("templates/core/customers", "people"), ("templates/core/users", "people"), ("customers/", "people"),
    ("users/auth", "sign_in"), ("users/reset", "sign_in"), ("users/login", "sign_in"),
    ("templates/core/auth", "sign_in"), ("users/", "people"), ("templates/core/settings", "settings"),
    ("templates/core/statuses", "settings"), ("templates/core/applications", "settings"),
    ("templates/core/jobs", "settings"), ("templates/core/wording", "settings"), ("settings/", "settings"),
    ("statuses/", "settings"), ("applications/", "settings"), ("jobs/", "settings"), ("fields/", "settings"),
    ("wording/", "settings"), ("access/", "settings"), ("mail/", "mail"), ("templates/core/mail", "mail"),
    ("templates/core/errors", "errors"), ("contract/", "errors"),
)  # fmt: skip
TERMS: Final = "terms"
EVERYWHERE: Final = "everywhere"
#: The names of the rooms, in the order in which they are offered.
ROOM_NAMES: Final[Mapping[str, str]] = {
    TERMS: _("Names: statuses, priorities, sections"),
    "tickets": _("Tickets"),
    "portal": _("Customer pages"),
    "people": _("People and companies"),
    "settings": _("Settings"),
    "sign_in": _("Signing in"),
    "mail": _("Mails"),
    "errors": _("Errors"),
    EVERYWHERE: _("Every page"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the code or of a template where a word stands."""

    path: str
    line: int


@dataclass(frozen=True)
class Word:
    """A word by its domain, context and text or key.

    ``texts`` is what it says in English, one text or singular and plural. ``label`` marks a name that stands alone and
    is known by a key; ``shown_as`` names the text of the catalogs that a label says where nobody renamed it.
    """

    domain: str
    context: str
    msgid: str
    texts: tuple[str, ...]
    label: bool = False
    shown_as: str | None = None
    places: tuple[Place, ...] = ()
    comments: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What addresses the word: the same in every process and every version that has it."""
        return digest_of(self.domain, self.context, self.msgid)

    @property
    def plural(self) -> str | None:
        """The text for many, where the word is about a number."""
        return self.texts[1] if len(self.texts) > 1 else None

    @property
    def source(self) -> tuple[str, ...]:
        """The texts whose places and markup a translation must have."""
        return ("",) if self.label else self.texts

    @property
    def for_customers(self) -> bool:
        """Whether it is what customers see in the place of the staff's label."""
        return self.context.startswith(FOR_CUSTOMERS)

    @cached_property
    def rooms(self) -> tuple[str, ...]:
        """The parts of the product where it is seen."""
        if self.label:
            return (TERMS,)
        return tuple(dict.fromkeys(_room(place.path) for place in self.places)) or (EVERYWHERE,)


def digest_of(domain: str, context: str, msgid: str) -> str:
    """The address of a word."""
    named = "\0".join((domain, context, msgid)).encode("utf-8", "replace")
    return hashlib.blake2b(named, digest_size=12).hexdigest()


def _room(path: str) -> str:
    inside = path.partition("/")[2]
    return next((room for beginning, room in ROOMS if inside.startswith(beginning)), EVERYWHERE)
