"""Every word that a site can have its own way: the marked texts of the code, and the names that rows have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from flask import current_app
from sqlalchemy.orm import Session

from helpdesk_core.access.catalog import role_catalog
from helpdesk_core.db.reference import cached
from helpdesk_core.i18n.extraction import marked_texts
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.i18n.nouns import NOUNS
from helpdesk_core.i18n.terms import FOR_CUSTOMERS, owner_of, registered
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.wording.words import Place, Word

_EXTENSION: Final = "helpdesk_marked_texts"
#: Names of which customers may be told another one.
_TOLD_TO_CUSTOMERS: Final = frozenset({"status", "priority", "type", "noun", "section"})
_reading = Lock()


@dataclass(frozen=True, slots=True)
class Inventory:
    """All words in their order, names first; by address, and where each stands in the order."""

    words: tuple[Word, ...]
    by_digest: Mapping[str, Word]
    position: Mapping[str, int]


def inventory() -> Inventory:
    """The words as they are now."""
    return cached("words.inventory", _collect)


def _collect(session: Session) -> Inventory:
    words = {word.digest: word for word in (*_names(), *_texts())}
    ordered = tuple(sorted(words.values(), key=_order))
    return Inventory(
        ordered,
        MappingProxyType({word.digest: word for word in ordered}),
        MappingProxyType({word.digest: index for index, word in enumerate(ordered)}),
    )


def _order(word: Word) -> tuple[Any, ...]:
    context = word.context.removeprefix(FOR_CUSTOMERS)
    if word.label:
        return (0, word.domain != CORE, context, word.texts[0].casefold(), word.msgid, word.for_customers)
    return (1, word.domain != CORE, word.domain, word.texts[0].casefold(), word.msgid, word.context)


def _names() -> Iterator[Word]:
    """The names that pages say through ``term``, and beside each what customers may be told."""
    for context, key, text, shown_as in _labels():
        domain = owner_of(context, key)
        yield Word(domain, context, key, (text,), True, shown_as)
        if context in _TOLD_TO_CUSTOMERS:
            yield Word(domain, FOR_CUSTOMERS + context, key, (text,), True, shown_as)


def _labels() -> Iterator[tuple[str, str, str, str | None]]:
    catalog = ticket_catalog()
    rows = [("status", one.key, one.label) for one in status_catalog().ordered]
    rows += [("priority", one.key, one.name) for one in catalog.priorities.values()]
    rows += [("type", one.key, one.name) for one in catalog.types.values()]
    rows += [("role", one.key, one.name) for one in role_catalog().by_key.values()]
    rows += [(context, key, text) for (context, key), text in registered().items()]
    for context, key, text in rows:
        yield context, key, text, None
    for (context, key), text in NOUNS.items():
        yield context, key, str(text), text.msgid


def _texts() -> tuple[Word, ...]:
    """The marked texts of the core and of every plugin that runs; the code is read once for each process."""
    known: tuple[Word, ...] | None = current_app.extensions.get(_EXTENSION)
    if known is None:
        with _reading:
            known = current_app.extensions.get(_EXTENSION)
            if known is None:
                known = tuple(word for domain, folder in packages() for word in _marked(domain, folder))
                current_app.extensions[_EXTENSION] = known
    return known


def packages() -> Iterator[tuple[str, Path]]:
    """Where the code of the core and of each plugin stands, by domain."""
    yield CORE, Path(current_app.root_path)
    for name, plugin in sorted(current_runtime().plugins.items()):
        folder = plugin.folder("")
        if folder is not None:
            yield name, folder


@cache
def _marked(domain: str, folder: Path) -> tuple[Word, ...]:
    found: dict[tuple[str, str], Word] = {}
    for one in marked_texts(folder):
        key = one.context, one.texts[0]
        before = found.get(key)
        places = (*(before.places if before else ()), Place(one.path, one.line))
        texts = one.texts if before is None or len(one.texts) > len(before.texts) else before.texts
        comments = tuple(dict.fromkeys((*(before.comments if before else ()), *one.comments)))
        found[key] = Word(domain, one.context, one.texts[0], texts, places=places, comments=comments)
    return tuple(found.values())
