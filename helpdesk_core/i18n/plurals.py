"""How many forms a number has in each language, and which one it takes. The only place that says so.

Every catalog has its rule in its head; a test and ``helpdesk i18n check`` compare the two. Babel would number the last
two forms of Arabic the other way round than gettext's tools do (100 before 11 to 99): a file with such a head is
refused by name rather than read in the wrong order.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from typing import Final

from babel.messages.plurals import get_plural

#: Where Babel's rule is not the one that translators' tools write.
_OWN: Final = {
    "ms": (1, "0"),
    "ar": (
        6,
        "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5)",
    ),
}
_LOOKED_AT: Final = (*range(200), 1000, 1_000_000)
_SHOWN: Final = 6


@cache
def rule_of(language: str) -> tuple[int, str]:
    """The number of forms and gettext's expression that chooses among them."""
    if language in _OWN:
        return _OWN[language]
    known = get_plural(language)
    return int(known.num_plurals), str(known.plural_expr)


def count_of(language: str) -> int:
    """How many forms a text about a number has."""
    return rule_of(language)[0]


@cache
def chooser_of(language: str) -> Callable[[int], int]:
    """The function from a number to its form."""
    compiled: Callable[[int], int] = gettext.c2py(rule_of(language)[1])
    return compiled


def header_of(language: str) -> str:
    """The line ``Plural-Forms`` of a catalog."""
    count, expression = rule_of(language)
    return f"nplurals={count}; plural={expression};"


@cache
def same_rule(header: str, language: str) -> bool:
    """Whether the ``Plural-Forms`` of a file choose as we do, however they are written."""
    count, _, rest = header.partition(";")
    name, _, number = count.partition("=")
    expression = rest.partition("=")[2].strip().rstrip(";")
    if name.strip() != "nplurals" or number.strip() != str(count_of(language)):
        return False
    try:
        theirs = gettext.c2py(expression)
    except (ValueError, RecursionError):
        return False
    ours = chooser_of(language)
    try:
        return all(theirs(number) == ours(number) for number in _LOOKED_AT)
    except (ValueError, ZeroDivisionError):
        return False


@cache
def examples_of(language: str) -> tuple[tuple[int, ...], ...]:
    """Some numbers of each form, for who writes them."""
    chosen: list[list[int]] = [[] for _ in range(count_of(language))]
    choose = chooser_of(language)
    for number in _LOOKED_AT:
        taken = chosen[choose(number)]
        if len(taken) < _SHOWN:
            taken.append(number)
    return tuple(map(tuple, chosen))
