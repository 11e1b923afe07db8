"""Words that a site may rename: statuses and the like are shown through ``term`` and never compared."""

from __future__ import annotations

from flask_babel import pgettext


def term(context: str, key: str, default: str) -> str:
    """The word for *key*: its translation in *context*, else *default*, the text of its row or registration."""
    found = str(pgettext(context, key))
    return default if found == key else found
