"""What a list shows: the query string read once into a frozen value; unknown and foreign words are ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from werkzeug.datastructures import MultiDict

from helpdesk_core.tickets.extra_filters import filter_names

PAGE_SIZE = 50
MAX_VALUES = 50
MAX_TEXT = 200
MAX_NUMBER = 2**31 - 1

SORTS = ("updated", "created", "number", "priority", "due", "status", "subject")
CATEGORIES = ("new", "open", "waiting", "paused", "solved", "closed")
#: Orders that read naturally from the smallest on.
_ASCENDING = frozenset({"priority", "due", "status", "subject"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """The filter, order and page of a ticket list; empty means "any".

    ``assignee`` holds ids, ``me`` or ``none``; ``group`` holds ids, ``mine`` or ``none``. ``extra`` holds plugins'
    filters with what was asked of each.
    """

    status: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    priority: tuple[int, ...] = ()
    assignee: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    company: int | None = None
    contact: int | None = None
    tag: tuple[str, ...] = ()
    created_from: date | None = None
    created_to: date | None = None
    open: bool = False
    overdue: bool = False
    unread: bool = False
    watching: bool = False
    distribution: bool = False
    q: str = ""
    sort: str = "updated"
    descending: bool = True
    cursor: str | None = None
    view: str | None = None
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.filter_pairs())

    def filter_pairs(self) -> list[tuple[str, str]]:
        """The filter alone as pairs of a query string."""
        pairs: list[tuple[str, str]] = []
        for name in ("status", "category", "type", "priority", "assignee", "group", "tag"):
            pairs += [(name, str(value)) for value in getattr(self, name)]
        for name in ("company", "contact", "created_from", "created_to"):
            value = getattr(self, name)
            if value is not None:
                pairs.append((name, str(value)))
        pairs += [
            (name, "yes") for name in ("open", "overdue", "unread", "watching", "distribution") if getattr(self, name)
        ]
        if self.q:
            pairs.append(("q", self.q))
        return [*pairs, *self.extra]

    def pairs(self) -> list[tuple[str, str]]:
        """Filter, order and view, without the page."""
        pairs = self.filter_pairs()
        if (self.sort, self.descending) != ("updated", True):
            pairs.append(("sort", f"-{self.sort}" if self.descending else self.sort))
        if self.view:
            pairs.append(("view", self.view))
        return pairs

    def sorted_by(self, key: str) -> TicketQuery:
        """The same list in the order of a column's heading: once more turns it around."""
        descending = not self.descending if key == self.sort else key not in _ASCENDING
        return replace(self, sort=key, descending=descending, cursor=None)


def parse_query(args: MultiDict[str, str]) -> TicketQuery:
    """Read a query string; whatever is unknown, too long or malformed is left out."""
    sort = args.get("sort", "-updated")
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    if key not in SORTS:
        key, descending = "updated", True
    view = args.get("view", "")
    return TicketQuery(
        status=_words(args.getlist("status"), 80),
        category=tuple(value for value in _words(args.getlist("category"), 10) if value in CATEGORIES),
        type=_references(args.getlist("type"), {"none"}),
        priority=tuple(int(value) for value in _references(args.getlist("priority"), set())),
        assignee=_references(args.getlist("assignee"), {"me", "none"}),
        group=_references(args.getlist("group"), {"mine", "none"}),
        company=_number(args.get("company")),
        contact=_number(args.get("contact")),
        tag=tuple(value.lower() for value in _words(args.getlist("tag"), 60)),
        created_from=_day(args.get("created_from")),
        created_to=_day(args.get("created_to")),
        open=args.get("open") == "yes",
        overdue=args.get("overdue") == "yes",
        unread=args.get("unread") == "yes",
        watching=args.get("watching") == "yes",
        distribution=args.get("distribution") == "yes",
        q=" ".join(args.get("q", "").replace("\x00", " ").split())[:MAX_TEXT],
        sort=key,
        descending=descending,
        cursor=args.get("cursor") or None,
        view=view if view.isdigit() and len(view) < 10 else None,
        extra=tuple(
            (name, text) for name in filter_names() for text in _words([args.get(name, "")[:MAX_TEXT]], MAX_TEXT)
        ),
    )


def stored_query(filters: Mapping[str, object], *, view: str | None = None) -> TicketQuery:
    """The query of a saved view, read with the same bounds as a query string."""
    args: MultiDict[str, str] = MultiDict()
    for name, values in filters.items():
        for value in values if isinstance(values, list) else [values]:
            args.add(str(name), str(value))
    return replace(parse_query(args), view=view)


def to_stored(query: TicketQuery) -> dict[str, list[str]]:
    """What a saved view keeps of a query: the filter and the order."""
    kept: dict[str, list[str]] = {}
    for name, value in replace(query, view=None).pairs():
        kept.setdefault(name, []).append(value)
    return kept


def _words(values: Iterable[str], limit: int) -> tuple[str, ...]:
    seen = dict.fromkeys(value.strip() for value in values)
    return tuple(value for value in seen if value and len(value) <= limit and "\x00" not in value)[:MAX_VALUES]


def _references(values: Iterable[str], words: set[str]) -> tuple[str, ...]:
    return tuple(value for value in _words(values, 12) if value in words or _number(value) is not None)


def _number(value: str | None) -> int | None:
    if not value or not value.isascii() or not value.isdigit() or len(value) > 10:
        return None
    number = int(value)
    return number if 0 < number <= MAX_NUMBER else None


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
