"""The lines of a plan in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from helpdesk_core.configuration.plan import ORDER, Change, Detail, Plan

_SECTIONS: Final = {
    "statuses": lazy_gettext("Statuses"),
    "types": lazy_gettext("Types"),
    "priorities": lazy_gettext("Priorities"),
    "roles": lazy_gettext("Roles"),
    "fields": lazy_gettext("Custom fields"),
    "words": lazy_gettext("Words"),
}
_CHANGES: Final = {
    Change.ADDED: lazy_gettext("Added"),
    Change.CHANGED: lazy_gettext("Changed"),
    Change.REMOVED: lazy_gettext("Removed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDetail:
    """One attribute: what it was, what it becomes; of a list what goes and what comes."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """One entry of a plan; ``section`` is set on the first line of each part."""

    section: str
    change: str
    word: str
    key: str
    details: tuple[ShownDetail, ...]


def shown_lines(plan: Plan) -> Sequence[ShownLine]:
    """The plan as a page shows it; of what is added or removed the key says enough."""
    lines, last = [], ""
    for line in plan:
        lines.append(
            ShownLine(
                section=str(_SECTIONS[line.section]) if line.section != last else "",
                change=line.change.value,
                word=str(_CHANGES[line.change]),
                key=line.key or _("Order"),
                details=tuple(map(_shown, line.details)) if line.change is Change.CHANGED else (),
            )
        )
        last = line.section
    return lines


def _shown(detail: Detail) -> ShownDetail:
    before, after = sides(detail)
    return ShownDetail(name=_("order") if detail.name == ORDER else detail.name, before=before, after=after)


def sides(detail: Detail) -> tuple[str, str]:
    """The two sides of a detail as texts: of a list only what differs, unless that is its order."""
    if isinstance(detail.before or detail.after, list):
        before, after = detail.before or [], detail.after or []
        if set(before) != set(after):
            before, after = [one for one in before if one not in after], [one for one in after if one not in before]
        return ", ".join(before) or "–", ", ".join(after) or "–"
    return _word(detail.before), _word(detail.after)


def _word(value: Any) -> str:
    return "–" if value is None else str(_("yes")) if value is True else str(value)
