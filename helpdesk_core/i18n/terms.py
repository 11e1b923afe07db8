"""Words that a site may rename: statuses, priorities and the like are only ever shown through ``term``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from flask import current_app, g

from helpdesk_core.contract.actor import ActorKind
from helpdesk_core.contract.specs import Term
from helpdesk_core.i18n.domains import domains, words_of
from helpdesk_core.i18n.layers import CORE

_EXTENSION: Final = "helpdesk_terms"
_SHIPPED: Final = "helpdesk_shipped_terms"
#: The context of a word as customers see it is this and the staff's.
FOR_CUSTOMERS: Final = "customer:"
_to_customers: ContextVar[bool] = ContextVar("words_to_customers", default=False)


@contextmanager
def words_for_customers(yes: bool = True) -> Iterator[None]:
    """Let every ``term`` in the block say what customers are told: for mails, and pages without a login."""
    token = _to_customers.set(yes)
    try:
        yield
    finally:
        _to_customers.reset(token)


def to_customers() -> bool:
    """Whether a customer reads: he has signed in, or the text is made for one."""
    if _to_customers.get():
        return True
    actor = getattr(g, "actor", None)
    return actor is not None and actor.kind is ActorKind.CONTACT


def term(context: str, key: str, default: str | None = None) -> str:
    """The word for *key* in the reader's language; *default* where neither the site nor a catalog names it.

    The key is the message id, so renaming a word is a catalog entry and never changes what the logic asks for. A
    customer reads the site's word for customers where there is one. A *default* that an administrator typed over the
    word that the program came with beats the catalogs, which translate the latter. Words of plugins have the default
    they were registered with; raises ``LookupError`` for a word that has none at all.
    """
    words = words_of(owner_of(context, key)).get_translations()
    said = words.find(FOR_CUSTOMERS + context, key) if to_customers() else None
    said = said or words.find(context, key)
    if said is not None:
        return said.forms[0]
    if default is not None and is_retyped(context, key, default):
        return default
    word = str(words.packaged.upgettext(context, key))
    if word != key:
        return word
    if default is not None:
        return default
    try:
        return registered()[(context, key)]
    except KeyError:
        raise LookupError(f"nobody registered the word {key!r} of {context!r}: see helpdesk_register_terms") from None


def owner_of(context: str, key: str) -> str:
    """Whose catalog holds a word: the plugin's that the context or the key begins with, else the core's."""
    known = domains()
    beginnings = (context.removeprefix(FOR_CUSTOMERS).partition(".")[0], key.partition(".")[0])
    return next((one for one in beginnings if one in known), CORE)


def ship_terms(app: Any, words: Mapping[tuple[str, str], str]) -> None:
    """Say by context and key what the words of a new desk are in English."""
    app.extensions[_SHIPPED] = dict(words)


def is_retyped(context: str, key: str, text: str) -> bool:
    """Whether an administrator typed *text* over the word that the program came with."""
    return shipped().get((context, key), text) != text


def shipped() -> Mapping[tuple[str, str], str]:
    """The English words that a new desk begins with, by context and key."""
    words: Mapping[tuple[str, str], str] = current_app.extensions.get(_SHIPPED, {})
    return words


def registered() -> Mapping[tuple[str, str], str]:
    """The English text of every word that plugins registered, by context and key."""
    words: Mapping[tuple[str, str], str] | None = current_app.extensions.get(_EXTENSION)
    if words is None:
        # The layers above put the plugins' runtime there; it does not change once the app is made.
        runtime: Any = current_app.extensions["helpdesk"]
        words = {(spec.context, spec.key): spec.text for spec in runtime.registry.all(Term)}
        current_app.extensions[_EXTENSION] = words
    return words
