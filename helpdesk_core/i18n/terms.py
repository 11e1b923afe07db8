"""Words that a site may rename: statuses, priorities and the like are only ever shown through ``term``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import current_app
from flask_babel import pgettext

from helpdesk_core.contract.specs import Term

_EXTENSION: Final = "helpdesk_terms"


def term(context: str, key: str, default: str | None = None) -> str:
    """The word for *key* in the reader's language; *default* where no catalog names it.

    The key is the message id, so renaming a word is a catalog entry and never changes what the logic asks for. Words of
    plugins have the default they were registered with; raises ``LookupError`` for a word that has none at all.
    """
    word = str(pgettext(context, key.replace("%", "%%")))
    if word != key:
        return word
    if default is not None:
        return default
    try:
        return _registered()[(context, key)]
    except KeyError:
        raise LookupError(f"nobody registered the word {key!r} of {context!r}: see helpdesk_register_terms") from None


def _registered() -> Mapping[tuple[str, str], str]:
    words: Mapping[tuple[str, str], str] | None = current_app.extensions.get(_EXTENSION)
    if words is None:
        # The layers above put the plugins' runtime there; it does not change once the app is made.
        runtime: Any = current_app.extensions["helpdesk"]
        words = {(spec.context, spec.key): spec.text for spec in runtime.registry.all(Term)}
        current_app.extensions[_EXTENSION] = words
    return words
