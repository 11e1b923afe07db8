"""What applying one configuration on top of another changes, line by line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from helpdesk_core.configuration.document import ORDERED, SECTIONS, Configuration

#: Lists whose order says nothing.
_SETS: Final = frozenset({"steps", "hidden_from", "statuses"})
#: What a line about the order of a part is called.
ORDER: Final = "order"


class Change(StrEnum):
    """What happens to an entry."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One attribute of an entry, before and after; a right or a step is an attribute of its own."""

    name: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One entry that differs."""

    section: str
    key: str
    change: Change
    details: tuple[Detail, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The line for programs."""
        details = {one.name: {"before": one.before, "after": one.after} for one in self.details}
        return {"section": self.section, "key": self.key, "change": self.change.value, "details": details}


Plan = tuple[PlanLine, ...]


def digest_of(plan: Plan) -> str:
    """What tells one plan from another, for who was shown one and says yes later."""
    lines = json.dumps([line.as_json() for line in plan], ensure_ascii=True)
    return hashlib.blake2b(lines.encode(), digest_size=16).hexdigest()


def compare(before: Configuration, after: Configuration) -> Plan:
    """The lines that differ, in the order of the file; both are in normal form."""
    lines: list[PlanLine] = []
    for section in SECTIONS:
        lines += _section(section, getattr(before, section), getattr(after, section))
    return tuple(lines)


def _section(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[PlanLine]:
    lines = []
    for key, entry in after.items():
        known = before.get(key)
        if known is None:
            lines.append(PlanLine(section=section, key=key, change=Change.ADDED, details=_details(None, entry)))
        elif details := _details(known, entry):
            lines.append(PlanLine(section=section, key=key, change=Change.CHANGED, details=details))
    for key, entry in before.items():
        if key not in after:
            lines.append(PlanLine(section=section, key=key, change=Change.REMOVED, details=_details(entry, None)))
    if section in ORDERED:
        lines += _order(section, [key for key in before if key in after], [key for key in after if key in before])
    return lines


def _order(section: str, before: list[str], after: list[str]) -> Sequence[PlanLine]:
    if before == after:
        return []
    moved = Detail(name=ORDER, before=before, after=after)
    return [PlanLine(section=section, key="", change=Change.CHANGED, details=(moved,))]


def _details(before: Any, after: Any) -> tuple[Detail, ...]:
    found: list[Detail] = []
    for attribute in fields(before if before is not None else after):
        old = getattr(before, attribute.name) if before is not None else None
        new = getattr(after, attribute.name) if after is not None else None
        if isinstance(old or new, Mapping):
            found += _of_mapping(attribute.name, old or {}, new or {})
        elif attribute.name in _SETS and set(old or ()) == set(new or ()):
            continue
        elif _shown(old) != _shown(new):
            found.append(Detail(name=attribute.name, before=_shown(old), after=_shown(new)))
    return tuple(found)


def _of_mapping(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Detail]:
    return [
        Detail(name=f"{name} {key}", before=_shown(before.get(key)), after=_shown(after.get(key)))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def _shown(value: Any) -> Any:
    """A value as programs read it; what is false or empty is not there."""
    if isinstance(value, tuple):
        return list(value) or None
    return None if value is False or value == "" else value
