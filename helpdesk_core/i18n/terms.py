"""Words that a site may rename: statuses, priorities and the like are only ever shown through ``term``."""

from __future__ import annotations

from flask_babel import pgettext


def term(context: str, key: str, default: str) -> str:
    """The word for *key* in the reader's language; *default*, the registered text, where no catalog names it.

    The key is the message id, so renaming a word is a catalog entry and never changes what the logic asks for.
    """
    word = str(pgettext(context, key.replace("%", "%%")))
    return default if word == key else word
