"""Bounds of what people type about people; forms say the same earlier, imports and commands only here."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.messages import message

_EMAIL = re.compile(r"[^@\s<>\",;]{1,64}@[^@\s<>\",;]{1,189}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[_-][A-Za-z]{2,4})?")
_LOGIN = re.compile(r"[^\s<>\",;]{1,254}")


class Problems:
    """Collects what is wrong field by field, so that one answer names everything."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def add(self, field: str, message: str) -> None:
        """Note that *field* is wrong."""
        self.errors.setdefault(field, []).append(message)

    def raise_if_any(self) -> None:
        """Raise ``Invalid`` when something was noted."""
        if self.errors:
            raise Invalid(self.errors)

    def text(self, field: str, value: str | None, limit: int, *, required: bool = False, lines: bool = False) -> None:
        """A text of at most *limit* characters, without control characters."""
        if not value or not value.strip():
            if required:
                self.add(field, message("This is needed."))
            return
        if len(value) > limit:
            self.add(field, message("At most %(limit)d characters.", limit=limit))
        allowed = "\n\r\t" if lines else ""
        if any(ord(letter) < 32 and letter not in allowed for letter in value):
            self.add(field, message("Contains characters that cannot be shown."))

    def email(self, field: str, value: str | None) -> None:
        """An address of the usual shape, or nothing."""
        if value and not _EMAIL.fullmatch(value):
            self.add(field, message("This is not an e-mail address."))

    def login(self, field: str, value: str | None) -> None:
        """A login: a word or an e-mail address."""
        if value and not _LOGIN.fullmatch(value):
            self.add(field, message("A login has no spaces, commas or quotes, and at most 254 characters."))

    def timezone(self, field: str, value: str) -> None:
        """A zone of the time zone database."""
        if value not in timezones():
            self.add(field, message("There is no such time zone."))

    def language(self, field: str, value: str) -> None:
        """A language code."""
        if not _LANGUAGE.fullmatch(value):
            self.add(field, message("This is not a language code."))

    def colour(self, field: str, value: str) -> None:
        """A colour as #rrggbb."""
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", value or ""):
            self.add(field, message("Give a colour such as #2563eb."))


@cache
def timezones() -> frozenset[str]:
    """Every time zone there is."""
    return frozenset(available_timezones())
