"""Reading the file of a configuration strictly: all that is wrong is said at once, each with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from helpdesk_core.configuration.document import (
    Configuration,
    FieldEntry,
    LanguageEntry,
    PriorityEntry,
    RoleEntry,
    StatusEntry,
    TypeEntry,
    normal,
)
from helpdesk_core.configuration.rendering import FORMAT
from helpdesk_core.contract.errors import Invalid, TooLarge
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.imports.toml_tables import Problems, Table

MAX_BYTES: Final = 1024 * 1024
#: So many entries a part may have, values a list, and rights a role.
MOST: Final[Mapping[str, int]] = {
    "statuses": 60,
    "types": 300,
    "priorities": 300,
    "roles": 100,
    "fields": 300,
    "words": 20,
}
MOST_OPTIONS: Final = 200
MOST_GRANTS: Final = 2_000
MOST_WORDS: Final = 10_000
FIELD_KINDS: Final = ("text", "number", "date", "yes_no", "choice", "choices")
REACHES: Final = ("all", "related")
_CATEGORIES: Final = tuple(category.value for category in StatusCategory)
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_KEYS: Final[Mapping[str, re.Pattern[str]]] = {
    "statuses": re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9][a-z0-9_]{0,59}"),
    "types": re.compile(r"[a-z0-9_.]{1,80}"),
    "priorities": re.compile(r"[a-z0-9_.]{1,80}"),
    "roles": re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9][a-z0-9_]{0,59}"),
    "fields": re.compile(r"[a-z0-9_.]{1,80}"),
    "words": re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?"),
}
_HEADER: Final = re.compile(r"\s*(\[[^\[].*\])\s*(#.*)?")
_PAIR: Final = re.compile(r"\s*(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+)\s*=")

_Entry = TypeVar("_Entry")


def parse(raw: bytes, file: str) -> Configuration:
    """What the file says; raises ``TooLarge``, or ``Invalid`` with the line of everything that is wrong in it."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(file, limit=MAX_BYTES)
    try:
        text = raw.decode("utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise Invalid({file: [message("is not UTF-8 text (byte %(place)d)", place=error.start)]}) from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        # A number of thousands of digits is a ValueError of its own.
        raise Invalid({file: [message("is not TOML: %(reason)s", reason=str(error))]}) from None
    problems = Problems()
    read = _read(Table(data, "", problems), problems)
    refuse(problems, file, text)
    return normal(read)


def refuse(problems: Problems, file: str, text: str = "") -> None:
    """Raise ``Invalid`` when something was noted; each place is told with the line of *text* where it stands."""
    if not problems.found:
        return
    lines = _lines(text)
    errors = {}
    for place, messages in problems.found.items():
        line = _line_of(place, lines)
        errors[f"{file}:{line}: {place}" if line else f"{file}: {place}"] = messages
    raise Invalid(errors)


def _read(root: Table, problems: Problems) -> Configuration:
    head = root.table("configuration")
    if head.number("format", 1, 1_000) != FORMAT:
        head.wrong("format", message("is one that a newer version wrote; this one reads %(format)d", format=FORMAT))
    configuration = Configuration(
        preset=head.choice("preset", PRESETS),
        applications=_distinct(head, "applications"),
        statuses=_section(root, "statuses", _status),
        types=_section(root, "types", _type),
        priorities=_section(root, "priorities", _priority),
        roles=_section(root, "roles", _role),
        fields=_section(root, "fields", _field),
        words=_section(root, "words", _language),
    )
    head.done()
    root.done()
    return configuration


def _section(root: Table, name: str, read: Callable[[Table], _Entry]) -> dict[str, _Entry]:
    section = root.table(name)
    keys = section.names()
    if len(keys) > MOST[name]:
        root.wrong(name, message("has more than %(count)d entries", count=MOST[name]))
        keys = keys[: MOST[name]]
    entries: dict[str, _Entry] = {}
    for key in keys:
        entry = section.table(key)
        if not _KEYS[name].fullmatch(key) or len(key) > 80:
            problem = message("is no key: small letters, digits, underscores, and a dot after its owner")
            entry.problems.add(f"[{entry.place}]", problem)
        entries[key] = read(entry)
        entry.done()
    return entries


def _status(table: Table) -> StatusEntry:
    return StatusEntry(
        label=_name(table, "label", 80),
        category=table.choice("category", _CATEGORIES),
        default=table.flag("default", False),
        final=table.flag("final", False),
        requires_until=table.flag("requires_until", False),
        pauses_sla=table.flag("pauses_sla", False),
        counts_to_load=table.flag("counts_to_load", False),
        background=_colour(table, "background"),
        foreground=_colour(table, "foreground"),
        finish_target=table.text("finish_target", "", longest=80),
        steps=_distinct(table, "steps"),
        step_rights=_texts_by_key(table, "step_rights"),
    )


def _type(table: Table) -> TypeEntry:
    return TypeEntry(
        name=_name(table, "name", 80),
        internal=table.flag("internal", False),
        retired=table.flag("retired", False),
        statuses=_distinct(table, "statuses"),
    )


def _priority(table: Table) -> PriorityEntry:
    return PriorityEntry(
        name=_name(table, "name", 80),
        rank=table.number("rank", 0, 100_000),
        colour=_colour(table, "colour"),
        default=table.flag("default", False),
        retired=table.flag("retired", False),
    )


def _role(table: Table) -> RoleEntry:
    denied = table.table("denied_steps")
    names = denied.names()[: MOST["statuses"] + 1]
    return RoleEntry(
        name=_name(table, "name", 80),
        grants=_texts_by_key(table, "grants", REACHES),
        denied_steps={source: _distinct(denied, source) for source in names},
    )


def _field(table: Table) -> FieldEntry:
    return FieldEntry(
        label=_name(table, "label", 120),
        kind=table.choice("kind", FIELD_KINDS),
        required=table.flag("required", False),
        for_contacts=table.flag("for_contacts", False),
        retired=table.flag("retired", False),
        options=_options(table, "options"),
        retired_options=_options(table, "retired_options"),
        hidden_from=_distinct(table, "hidden_from"),
    )


def _language(table: Table) -> LanguageEntry:
    names = table.names()
    if len(names) > MOST_WORDS:
        table.problems.add(f"[{table.place}]", message("has more than %(count)d entries", count=MOST_WORDS))
        names = names[:MOST_WORDS]
    return LanguageEntry(words={name: table.texts(name) or () for name in names})


def _name(table: Table, key: str, longest: int) -> str:
    text = table.text(key, longest=longest)
    _check_text(table, key, text)
    return text.strip()


def _check_text(table: Table, key: str, text: str) -> None:
    if table.at(key) in table.problems.found:
        return  # it is no text at all
    if not text.strip():
        table.wrong(key, message("is empty"))
    elif any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        table.wrong(key, message("contains characters that cannot be shown"))


def _colour(table: Table, key: str) -> str:
    text = table.text(key)
    if text and not _COLOUR.fullmatch(text):
        table.wrong(key, message("%(value)s is not a colour such as #2563eb", value=repr(text)))
    return text


def _distinct(table: Table, key: str) -> tuple[str, ...]:
    values = table.texts(key) or ()
    twice = sorted({value for value in values if values.count(value) > 1}) if len(values) <= MOST_GRANTS else []
    if twice:
        table.wrong(key, message("names %(value)s twice", value=", ".join(twice)))
    if len(values) > MOST_GRANTS:
        table.wrong(key, message("has more than %(count)d entries", count=MOST_GRANTS))
    return tuple(dict.fromkeys(values))


def _options(table: Table, key: str) -> tuple[str, ...]:
    values = _distinct(table, key)
    if len(values) > MOST_OPTIONS:
        table.wrong(key, message("has more than %(count)d entries", count=MOST_OPTIONS))
    for value in values[:MOST_OPTIONS]:
        _check_text(table, key, value)
        if len(value) > 120:
            table.wrong(key, message("is longer than %(limit)d characters", limit=120))
    stripped = tuple(value.strip() for value in values)
    if len(set(stripped)) < len(stripped):
        table.wrong(key, message("has values that differ by blanks only"))
    return stripped


def _texts_by_key(table: Table, key: str, allowed: tuple[str, ...] | None = None) -> dict[str, str]:
    inner = table.table(key)
    names = inner.names()
    if len(names) > MOST_GRANTS:
        table.wrong(key, message("has more than %(count)d entries", count=MOST_GRANTS))
        names = names[:MOST_GRANTS]
    return {name: inner.choice(name, allowed) if allowed else inner.text(name, longest=120) for name in names}


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Where the tables and keys of a file stand: (table, key) -> line; the key of a table's own line is empty."""
    found: dict[tuple[str, str], int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.fullmatch(line)
        if header is not None and (path := _path(f"{header[1]}\n")):
            table = path
            found.setdefault((table, ""), number)
        elif (pair := _PAIR.match(line)) is not None and (key := _path(f"{pair[1]} = 0\n")):
            found.setdefault((table, key), number)
    return found


def _path(line: str) -> str:
    try:
        level: Any = tomllib.loads(line)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ""
    names = []
    while isinstance(level, dict) and level:
        name, level = next(iter(level.items()))
        names.append(name)
    return ".".join(names)


def _line_of(place: str, lines: Mapping[tuple[str, str], int]) -> int | None:
    named = re.fullmatch(r"\[(.+?)\](?: (.*))?", place, re.DOTALL)
    table, key = (named[1], named[2] or "") if named else ("", place)
    return lines.get((table, key)) or lines.get((table, "")) or lines.get((place, ""))
