"""From a record of a foreign file to what it says about a ticket here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from helpdesk_core.contract.errors import Invalid
from helpdesk_core.imports.mapping import LISTS, TIMES, FieldRule, ImportMap
from helpdesk_core.imports.reading import Record

MAX_ID = 200
MAX_LIST = 100
_FIRST_YEAR = 1970
_LAST_YEAR = 2200
#: Clocks differ; what happened cannot lie further ahead than this.
_CLOCK_SLACK = timedelta(days=1)
#: Who and when: they belong to the change, not to the ticket, so two rows are not compared by them.
STAMPS = ("registered_at", "changed_at", "author", "changed_by")

Value = str | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """One record, read: its ids, who and when, and the values of the ticket's fields by name.

    Values are texts or lists of texts (times in ISO form), so that they can be remembered as JSON and compared.
    Custom fields stand as ``custom.<key>``. What the record does not know is not in it.
    """

    line: int
    raw: str
    external_id: str
    change_key: str
    values: Mapping[str, Value]
    registered_at: datetime | None
    changed_at: datetime | None
    author: str | None
    changed_by: str | None


def read_row(record: Record, mapping: ImportMap, *, now: datetime) -> TicketRow:
    """Read *record* by *mapping*; raises ``Invalid`` naming the field."""
    if record.problem is not None:
        raise Invalid({record.problem_field: [record.problem]})
    texts = {key: value for key, value in record.values.items() if isinstance(value, str)}
    external_id = _id(mapping.ticket_id.fill(texts), "ticket id")
    change_key = _id(mapping.change_id.fill(texts), "change id") if mapping.change_id else ""
    values: dict[str, Value] = {}
    for name, rule in mapping.fields.items():
        value = _value(record, rule, name, several=name in LISTS)
        if value is not None:
            values[name] = _time(value, mapping, name).isoformat() if name in TIMES else value
    for custom in mapping.custom:
        name = f"custom.{custom.key}"
        value = _value(record, custom.rule, name, several=custom.kind == "choices")
        if value is not None:
            values[name] = value
    stamps = {name: values.pop(name) for name in STAMPS if name in values}
    registered = _past(stamps.get("registered_at"), "registered_at", now)
    changed = _past(stamps.get("changed_at"), "changed_at", now)
    needed = ["subject", "status"] if mapping.kind == "history" else ["subject"]
    for name in needed:
        if name not in values:
            raise Invalid({name: ["is not known in this line"]})
    if mapping.kind == "history" and changed is None:
        raise Invalid({"changed_at": ["is not known in this line"]})
    return TicketRow(
        line=record.line,
        raw=record.raw,
        external_id=external_id,
        change_key=change_key,
        values=values,
        registered_at=registered,
        changed_at=changed,
        author=str(stamps["author"]) if "author" in stamps else None,
        changed_by=str(stamps["changed_by"]) if "changed_by" in stamps else None,
    )


def _id(value: str | None, what: str) -> str:
    if not value:
        raise Invalid({what: ["is not known in this line"]})
    if len(value) > MAX_ID:
        raise Invalid({what: [f"is longer than {MAX_ID} characters"]})
    return value


def _value(record: Record, rule: FieldRule, name: str, *, several: bool) -> Value | None:
    texts = {key: value for key, value in record.values.items() if isinstance(value, str)}
    found: list[str] = []
    for source in rule.sources:
        if several and len(source.columns) == 1 and isinstance(listed := record.values.get(source.columns[0]), list):
            found.extend(filter(None, (source.fill({source.columns[0]: item}) for item in listed)))
        elif (text := source.fill(texts)) is not None:
            found.append(text)
        if found and not several:
            break
    if not found and rule.default is not None:
        return [rule.default] if several else rule.default
    found = [text for text in (_translated(text, rule, name) for text in found) if text]
    if len(found) > MAX_LIST:
        raise Invalid({name: [f"has more than {MAX_LIST} values"]})
    if several:
        return list(dict.fromkeys(found)) or None
    return found[0] if found else None


def _translated(text: str, rule: FieldRule, name: str) -> str:
    if rule.values is None:
        return text
    if text in rule.values:
        return rule.values[text]
    if rule.default is not None:
        return rule.default
    raise Invalid({name: [f"{text!r} does not stand in [maps.{rule.map_name}]"]})


def _time(value: Value, mapping: ImportMap, name: str) -> datetime:
    text = str(value)
    try:
        if mapping.time_format == "unix":
            moment = datetime.fromtimestamp(float(text), UTC)
        elif mapping.time_format == "iso":
            moment = datetime.fromisoformat(text)
        else:
            moment = datetime.strptime(text, mapping.time_format)  # noqa: DTZ007 - the zone follows
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=mapping.time_zone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Invalid({name: [f"{text[:60]!r} is not a time of the form {mapping.time_format!r}"]}) from error
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise Invalid({name: [f"{text[:60]!r} lies outside {_FIRST_YEAR} to {_LAST_YEAR}"]})
    return moment


def _past(value: Value | None, name: str, now: datetime) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment > now + _CLOCK_SLACK:
        raise Invalid({name: [f"{moment:%Y-%m-%d %H:%M} UTC lies in the future"]})
    return moment
