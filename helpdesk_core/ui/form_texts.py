"""What a form says by itself when a field is wrong, out of the interface's own catalogs.

The form library comes with words in some languages only, some of them empty in Arabic, and a site could not change
them. Its texts therefore stand here to be gathered like all others; a test compares them with the library's.
"""

from __future__ import annotations

from typing import Any, Final

from flask_babel import get_domain


def gettext(text: str) -> str:
    """Mark *text* for the catalogs."""
    return text


def ngettext(one: str, many: str) -> tuple[str, str]:
    """Mark a text about a number for the catalogs."""
    return one, many


class FormTexts:
    """Translates for the form library, which puts the values into the text itself."""

    def gettext(self, text: str) -> str:
        """*text* in the reader's language."""
        return str(_catalog().ugettext(text))

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The form for *number* in the reader's language."""
        return str(_catalog().ungettext(one, many, number))


def _catalog() -> Any:
    return get_domain().get_translations()


#: Every text of the library: validators, choices, numbers, dates and the token of a form.
OF_THE_LIBRARY: Final = (
    gettext("Invalid field name '%s'."),
    gettext("Field must be equal to %(other_name)s."),
    ngettext("Field must be at least %(min)d character long.", "Field must be at least %(min)d characters long."),
    ngettext("Field cannot be longer than %(max)d character.", "Field cannot be longer than %(max)d characters."),
    ngettext("Field must be exactly %(max)d character long.", "Field must be exactly %(max)d characters long."),
    gettext("Field must be between %(min)d and %(max)d characters long."),
    gettext("Number must be at least %(min)s."),
    gettext("Number must be at most %(max)s."),
    gettext("Number must be between %(min)s and %(max)s."),
    gettext("Date must be at least %(min)s."),
    gettext("Date must be at most %(max)s."),
    gettext("Date must be between %(min)s and %(max)s."),
    gettext("This field is required."),
    gettext("Invalid input."),
    gettext("Invalid email address."),
    gettext("Invalid IP address."),
    gettext("Invalid Mac address."),
    gettext("Invalid URL."),
    gettext("Invalid UUID."),
    gettext("Invalid value, must be one of: %(values)s."),
    gettext("Invalid value, can't be any of: %(values)s."),
    gettext("This field cannot be edited."),
    gettext("This field is disabled and cannot have a value."),
    gettext("Invalid CSRF Token."),
    gettext("CSRF token missing."),
    gettext("CSRF failed."),
    gettext("CSRF token expired."),
    gettext("Invalid Choice: could not coerce."),
    gettext("Choices cannot be None."),
    gettext("Not a valid choice."),
    gettext("Invalid choice(s): one or more data inputs could not be coerced."),
    ngettext("'%(value)s' is not a valid choice for this field.", "'%(value)s' are not valid choices for this field."),
    gettext("Not a valid datetime value."),
    gettext("Not a valid date value."),
    gettext("Not a valid time value."),
    gettext("Not a valid week value."),
    gettext("Not a valid integer value."),
    gettext("Not a valid decimal value."),
    gettext("Not a valid float value."),
)
