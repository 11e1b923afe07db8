"""What a translation may say: the places, the markup, the forms and the letters of its source.

One set of rules for words that administrators type, for files that they bring in and for the catalogs that come with
the program.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from helpdesk_core.contract.messages import message
from helpdesk_core.i18n.plurals import count_of

#: A name that stands alone may be this long; a sentence three times its source, and some.
LONGEST_LABEL: Final = 200
_PLACE: Final = re.compile(r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdrif]|%%")
_TAG: Final = re.compile(r"</?[A-Za-z!?][^<>]*>|</?[A-Za-z!?](?=[^<>]*(?:<|$))")
#: The number of a plural may be left out: "one day".
_NUMBER: Final = re.compile(r"%\(num\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]")
# Overrides of the direction would let a word change how its neighbours read; marks and isolates are everyday Arabic.
_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e")


def places(text: str) -> Counter[str]:
    """The places of *text* that values fill, each as it is written."""
    return Counter(found for found in _PLACE.findall(text) if found != "%%")


def tags(text: str) -> Counter[str]:
    """What a browser would read as markup."""
    return Counter(_TAG.findall(text))


def as_format(text: str, source: str) -> str:
    """*text* so that filling it cannot fail: a percent sign that is no place of *source* stands for itself."""
    known = places(source)
    pieces, end = [], 0
    for found in _PLACE.finditer(text):
        pieces.append(text[end : found.start()].replace("%", "%%"))
        keep = found.group() == "%%" or found.group() in known
        pieces.append(found.group() if keep else found.group().replace("%", "%%"))
        end = found.end()
    return "".join(pieces) + text[end:].replace("%", "%%")


def as_html(text: str, source: str) -> Markup:
    """*text* for a page: everything is escaped but the tags that *source* has itself."""
    known = tags(source)
    pieces, end = [], 0
    for found in _TAG.finditer(text):
        pieces.append(str(escape(text[end : found.start()])))
        pieces.append(found.group() if found.group() in known else str(escape(found.group())))
        end = found.end()
    return Markup("".join(pieces) + str(escape(text[end:])))  # noqa: S704 - escaped piece by piece above


def faults_of(source: Sequence[str], forms: Sequence[str], language: str, *, label: bool = False) -> list[str]:
    """Everything that is wrong with *forms* as the translation of *source* (one text, or singular and plural).

    A *label* is a word shown alone: its source is a key, which has no places and no markup.
    """
    wanted = count_of(language) if len(source) > 1 else 1
    if len(forms) != wanted:
        return [message("%(language)s has %(wanted)d forms here, not %(given)d.", language=language, wanted=wanted,
                        given=len(forms))]  # fmt: skip
    found: list[str] = []
    for form in forms:
        for fault in _faults("" if label else source[-1], form, many=len(source) > 1, label=label):
            if fault not in found:
                found.append(fault)
    return found


def _faults(source: str, form: str, *, many: bool, label: bool) -> list[str]:
    if not form.strip():
        return [message("Every form needs a text.")]
    found: list[str] = []
    limit = LONGEST_LABEL if label else max(2 * LONGEST_LABEL, 3 * len(source) + LONGEST_LABEL)
    if len(form) > limit:
        found.append(message("At most %(limit)d characters.", limit=limit))
    if any(_unshowable(letter, source) for letter in form):
        found.append(message("Contains characters that cannot be shown."))
    wanted, given = places(source), places(form)
    free = set(filter(_NUMBER.fullmatch, wanted)) if many else set()
    lost = sorted(set(wanted) - set(given) - free)
    unknown = sorted(set(given) - set(wanted))
    unnamed = sorted(one for one in wanted if one in given and one[1] != "(" and given[one] != wanted[one])
    found += [message("The place %(place)s is missing.", place=one) for one in lost]
    found += [message("The place %(place)s is never filled.", place=one) for one in unknown]
    found += [message("The place %(place)s is needed as often as in the source.", place=one) for one in unnamed]
    own, theirs = tags(form), tags(source)
    foreign, wrong = sorted(set(own) - set(theirs)), sorted(one for one in theirs if own[one] != theirs[one])
    found += [message("Markup is not allowed here: %(tag)s", tag=one) for one in foreign]
    found += [message("The source has %(tag)s: it is needed as often here.", tag=one) for one in wrong]
    return found


def _unshowable(letter: str, source: str) -> bool:
    if letter in "\n\t":
        return letter not in source
    number = ord(letter)
    control = number < 32 or 127 <= number < 160 or 0xD800 <= number < 0xE000 or number in (0x2028, 0x2029, 0xFEFF)
    return control or letter in _OVERRIDES or number & 0xFFFE == 0xFFFE
