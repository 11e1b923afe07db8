"""A configuration as the text of its file: the same configuration is always the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from helpdesk_core.configuration.document import SECTIONS, Configuration, LanguageEntry, normal

FORMAT: Final = 1
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
#: A list that is longer has one value in a line.
_LINE: Final = 120
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}

_HEAD: Final = """\
# The configuration of a helpdesk. `helpdesk config plan FILE` tells what applying it would change, and
# `helpdesk config apply FILE` does it. What an entry leaves out is false or empty.
"""
_MEANING: Final[Mapping[str, str]] = {
    "statuses": """\
# Statuses, in the order in which they are shown. Logic asks the category (new, open, waiting, paused, solved or
# closed) and the flags, never the label. finish_target is where "Send and finish" goes; steps are the statuses that
# may come next, and step_rights names the right that one of them needs.
""",
    "types": """\
# Ticket types, in the order in which they are offered. An internal type never reaches a customer; a retired one is
# kept by the tickets that have it and not offered any more. Tickets of a type may go to the statuses that it
# names, to all where it names none.
""",
    "priorities": """\
# Priorities: the smallest rank is the most urgent.
""",
    "roles": """\
# Roles and what each grants: "all", or "related" for one's own tickets and what belongs to them. The administrator
# holds every right without a line here. denied_steps are those of the steps above that the role may not take.
""",
    "fields": """\
# Custom fields of tickets, in their order. The kind is text, number, date, yes_no, choice or choices; hidden_from
# names the roles that do not see the field, for_contacts shows it to customers.
""",
    "words": """\
# The site's own words by language, over those of the catalogs: "domain|context|word". A system status is renamed here,
# and what customers are told instead stands under the context "customer:...". A word about a number has all its forms.
""",
}


def render(configuration: Configuration) -> str:
    """The text of the file; reading it gives an equal configuration."""
    one = normal(configuration)
    lines = [_HEAD, "[configuration]\n", f"format = {FORMAT}\n", f"preset = {_text(one.preset)}\n"]
    if one.applications:
        lines.append("# Whose statuses, roles and rights stand below; those of other applications stay as they are.\n")
        lines.append(_pair("applications", one.applications))
    for section in SECTIONS:
        entries = getattr(one, section)
        if entries:
            lines += ["\n", _MEANING[section]]
        for place, (key, entry) in enumerate(entries.items()):
            lines += ["\n"] if place else []
            lines += _entry(f"{section}.{_key(key)}", entry)
    return "".join(lines)


def _entry(name: str, entry: Any) -> Iterator[str]:
    yield f"[{name}]\n"
    tables: list[tuple[str, Mapping[str, Any]]] = []
    for attribute in fields(entry):
        value = getattr(entry, attribute.name)
        if isinstance(entry, LanguageEntry):
            yield from (_pair(key, forms[0] if len(forms) == 1 else forms) for key, forms in entry.words.items())
        elif isinstance(value, Mapping):
            tables += [(attribute.name, value)] if value else []
        elif value not in (False, "", ()) or (isinstance(value, int) and not isinstance(value, bool)):
            yield _pair(attribute.name, value)
    for table, values in tables:
        yield f"[{name}.{table}]\n"
        yield from (_pair(key, value) for key, value in values.items())


def _pair(key: str, value: Any) -> str:
    if isinstance(value, tuple):
        texts = [_text(one) for one in value]
        line = f"{_key(key)} = [{', '.join(texts)}]\n"
        if len(line) <= _LINE:
            return line
        return f"{_key(key)} = [\n" + "".join(f"    {one},\n" for one in texts) + "]\n"
    if isinstance(value, bool):
        return f"{_key(key)} = {'true' if value else 'false'}\n"
    return f"{_key(key)} = {value if isinstance(value, int) else _text(value)}\n"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    return '"' + "".join(_ESCAPES.get(letter) or _plain(letter) for letter in value) + '"'


def _plain(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04X}" if code < 0x20 or code == 0x7F else letter
