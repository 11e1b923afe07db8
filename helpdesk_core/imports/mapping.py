"""The mapping file: what a foreign file's columns mean here.

It is read strictly: an unknown table or key, a wrong kind of value or a place that names nothing is an error that
says where it stands, and all errors are reported at once. The guide is ``docs/guides/import.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from helpdesk_core.contract.errors import Invalid, TooLarge
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.imports.templates import Template
from helpdesk_core.imports.toml_tables import Problems, Table

FORMATS = ("csv", "jsonl")
KINDS = ("tickets", "history")
#: All of them hold ASCII as it is, so that lines and quotes are found before the text is decoded.
ENCODINGS = ("utf-8", "utf-8-sig", "latin-1", "cp1250", "cp1251", "cp1252", "koi8-r", "iso-8859-2", "iso-8859-5")
#: What a row may say about a ticket.
FIELDS = (
    "subject", "description", "status", "priority", "type", "company", "contact", "contact_email", "contact_phone",
    "assignee", "group", "tags", "due_at", "registered_at", "changed_at", "author", "changed_by", "method",
)  # fmt: skip
#: Fields that are read as times.
TIMES = ("due_at", "registered_at", "changed_at")
#: Fields that hold several values; every source gives one.
LISTS = ("tags",)
CUSTOM_KINDS = ("text", "number", "date", "yes_no", "choice", "choices")
MAX_MAPPING_BYTES = 256 * 1024
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STATUS_KEY = re.compile(r"site\.[a-z][a-z0-9_]{0,50}")
_FIELD_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """Where a field comes from: the first of ``sources`` whose columns are all known, translated by ``values``."""

    sources: tuple[Template, ...]
    values: Mapping[str, str] | None = None
    map_name: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRule:
    """A custom field: created under ``key`` with ``label``, ``kind`` and ``options`` when there is none yet."""

    key: str
    label: str
    kind: str
    options: tuple[str, ...]
    rule: FieldRule


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRule:
    """A status that the map creates, and its neighbours ``to`` and ``entered_from`` (``None``: all but final ones)."""

    key: str
    label: str
    category: StatusCategory
    background: str
    foreground: str
    pauses_sla: bool
    counts_to_load: bool
    finish_target: str | None
    to: tuple[str, ...] | None
    entered_from: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMap:
    """A checked mapping file; ``file`` is its name, for messages."""

    file: str
    source: str
    format: str
    kind: str
    encoding: str
    delimiter: str
    unknown: frozenset[str]
    unescape_formulas: bool
    time_format: str
    time_zone: ZoneInfo
    ticket_id: Template
    change_id: Template | None
    fields: Mapping[str, FieldRule]
    custom: tuple[CustomRule, ...]
    statuses: tuple[StatusRule, ...]
    create_groups: bool
    create_companies: bool
    create_people: bool

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the map reads."""
        rules = [*self.fields.values(), *(custom.rule for custom in self.custom)]
        ids = [self.ticket_id, *([self.change_id] if self.change_id else [])]
        templates = [*ids, *(source for rule in rules for source in rule.sources)]
        return frozenset(column for template in templates for column in template.columns)


def load_map(path: Path) -> ImportMap:
    """Read the mapping file at *path*; raises ``Invalid`` naming file, table and key of everything wrong in it."""
    with path.open("rb") as stream:
        raw = stream.read(MAX_MAPPING_BYTES + 1)
    if len(raw) > MAX_MAPPING_BYTES:
        raise TooLarge(f"the mapping file {path.name}", limit=MAX_MAPPING_BYTES)
    return parse_map(raw, path.name)


def parse_map(raw: bytes, file: str) -> ImportMap:
    """Read a mapping file's bytes; raises ``Invalid`` like ``load_map``."""
    try:
        data = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid({file: [f"is not UTF-8 text (byte {error.start})"]}) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid({file: [f"is not TOML: {error}"]}) from error
    problems = Problems()
    result = _read(Table(data, "", problems), file)
    if problems.found:
        raise Invalid({f"{file}: {place}": messages for place, messages in problems.found.items()})
    return result


def _read(root: Table, file: str) -> ImportMap:
    source, ids, missing = root.table("source"), root.table("ids"), root.table("missing")
    kind = source.choice("kind", KINDS)
    name = source.text("name", longest=80)
    if name and not _SOURCE_NAME.fullmatch(name):
        source.wrong("name", "must be lower-case letters, digits, '.', '_' and '-'")
    delimiter = source.text("delimiter", ",", longest=1)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        source.wrong("delimiter", "must be one ASCII character, and not a quote")
    values = _read_maps(root.table("maps"))
    fields = _read_fields(root.table("fields"), kind, values)
    ticket_id = _template(ids, "ticket", needed=True)
    change_id = _template(ids, "change", needed=kind == "history")
    result = ImportMap(
        file=file,
        source=name,
        format=source.choice("format", FORMATS),
        kind=kind,
        encoding=source.choice("encoding", ENCODINGS, "utf-8-sig"),
        delimiter=delimiter,
        unknown=frozenset(source.texts("unknown") or ()) | {""},
        unescape_formulas=source.flag("unescape_formulas", False),
        time_format=_time_format(source),
        time_zone=_time_zone(source),
        ticket_id=ticket_id or Template(text="", parts=()),
        change_id=change_id,
        fields=fields,
        custom=_read_custom(root.table("custom"), values),
        statuses=_read_statuses(root.table("statuses")),
        create_groups=missing.choice("groups", ("create", "refuse"), "create") == "create",
        create_companies=missing.choice("companies", ("create", "refuse"), "create") == "create",
        create_people=missing.choice("people", ("create", "refuse"), "create") == "create",
    )
    for table in (source, ids, missing, root):
        table.done()
    return result


def _read_maps(table: Table) -> dict[str, dict[str, str]]:
    maps: dict[str, dict[str, str]] = {}
    for name in table.names():
        inner = table.table(name)
        maps[name] = {key: inner.text(key) for key in inner.names()}
    return maps


def _read_fields(table: Table, kind: str, maps: Mapping[str, Mapping[str, str]]) -> dict[str, FieldRule]:
    fields = {}
    for name in FIELDS:
        value = table.take(name)
        if value is not None:
            fields[name] = _rule(table, name, value, maps)
    for name in ["subject", *(["changed_at", "status"] if kind == "history" else [])]:
        if name not in fields:
            table.wrong(name, "is missing")
    table.done()
    return fields


def _read_custom(table: Table, maps: Mapping[str, Mapping[str, str]]) -> tuple[CustomRule, ...]:
    rules = []
    for key in table.names():
        inner = table.table(key)
        if not _FIELD_KEY.fullmatch(key):
            table.wrong(key, "must be a name of lower-case letters, digits and _")
        label = inner.text("label", longest=100)
        kind = inner.choice("kind", CUSTOM_KINDS, "text")
        options = inner.texts("options") or ()
        if kind.startswith("choice") != bool(options):
            inner.wrong("options", "are needed for choice and choices, and for these only")
        parts = {name: inner.take(name) for name in ("from", "map", "default")}
        given = {name: value for name, value in parts.items() if value is not None}
        rules.append(CustomRule(key=key, label=label, kind=kind, options=options, rule=_rule(table, key, given, maps)))
        inner.done()
    return tuple(rules)


def _rule(table: Table, key: str, value: object, maps: Mapping[str, Mapping[str, str]]) -> FieldRule:
    if isinstance(value, str | list):
        value = {"from": value}
    inner = Table(value, f"{table.place}.{key}", table.problems)
    texts = inner.texts("from")
    if not texts:
        inner.wrong("from", "is missing")
    sources = []
    for text in texts or ():
        try:
            sources.append(Template.parse(text))
        except ValueError as error:
            inner.wrong("from", str(error))
    map_name = inner.text("map", "") or None
    if map_name is not None and map_name not in maps:
        inner.wrong("map", f"there is no table [maps.{map_name}]")
    default = inner.text("default", "", longest=10_000) or None
    inner.done()
    return FieldRule(
        sources=tuple(sources), values=maps.get(map_name) if map_name else None, map_name=map_name, default=default
    )


def _read_statuses(table: Table) -> tuple[StatusRule, ...]:
    rules = []
    for slug in table.names():
        inner = table.table(slug)
        key = f"site.{slug}"
        if not _STATUS_KEY.fullmatch(key):
            table.wrong(slug, "must be a name of lower-case letters, digits and _")
        rules.append(
            StatusRule(
                key=key,
                label=inner.text("label", longest=60),
                category=StatusCategory(inner.choice("category", [category.value for category in StatusCategory])),
                background=_colour(inner, "background", "#e9ecef"),
                foreground=_colour(inner, "foreground", "#212529"),
                pauses_sla=inner.flag("pauses_sla", False),
                counts_to_load=inner.flag("counts_to_load", True),
                finish_target=inner.text("finish_target", "") or None,
                to=inner.texts("to"),
                entered_from=inner.texts("entered_from"),
            )
        )
        inner.done()
    return tuple(rules)


def _colour(table: Table, key: str, default: str) -> str:
    colour = table.text(key, default)
    if not _COLOUR.fullmatch(colour):
        table.wrong(key, "must look like #1a2b3c")
    return colour


def _template(table: Table, key: str, *, needed: bool) -> Template | None:
    text = table.text(key, None if needed else "")
    if not text:
        return None
    try:
        template = Template.parse(text)
    except ValueError as error:
        table.wrong(key, str(error))
        return None
    if not template.columns:
        table.wrong(key, "names no column")
    return template


def _time_format(source: Table) -> str:
    text = source.text("time_format", "iso", longest=60)
    if text in ("iso", "unix"):
        return text
    moment = datetime(2026, 11, 23, 21, 45, 7, tzinfo=UTC)
    try:
        back = datetime.strptime(moment.strftime(text), text)  # noqa: DTZ007 - only tried, never stored
    except ValueError as error:
        source.wrong("time_format", f"cannot be read back: {error}")
        return "iso"
    if back.date() != moment.date():
        source.wrong("time_format", "must be 'iso', 'unix' or a format that names year, month and day")
    return text


def _time_zone(source: Table) -> ZoneInfo:
    name = source.text("time_zone", "UTC", longest=60)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        source.wrong("time_zone", f"{name!r} is not a known time zone")
        return ZoneInfo("UTC")
