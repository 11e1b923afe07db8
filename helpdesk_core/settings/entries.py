"""The short lists of the settings: types, priorities, categories, canned answers, custom fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.customers.models import Company, CompanyCategory
from helpdesk_core.db.session import reading
from helpdesk_core.db.turns import take_turns
from helpdesk_core.events.journal import record
from helpdesk_core.fields.models import CustomField, CustomFieldOption, TicketFieldChoice, TicketFieldValue
from helpdesk_core.tickets.models import CannedAnswer, CannedGroup, Priority, Ticket, TicketType
from helpdesk_core.users.rules import Problems

MOST_ENTRIES: Final = 300
MOST_OPTIONS: Final = 200
FIELD_KINDS: Final = ("text", "number", "date", "yes_no", "choice", "choices")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKind:
    """One short list: its table, the attribute that names an entry, what a form sets, and what refers to it."""

    key: str
    model: type[Any]
    name: str
    attributes: tuple[str, ...]
    order: tuple[Any, ...]
    used_by: tuple[Any, ...] = ()
    permission: str = "core:settings:manage"
    name_limit: int = 80


KINDS: Final[Mapping[str, EntryKind]] = {
    kind.key: kind
    for kind in (
        EntryKind(
            key="types",
            model=TicketType,
            name="name",
            attributes=("name", "internal", "active", "position"),
            order=(TicketType.position, TicketType.id),
            used_by=(Ticket.type_id,),
        ),
        EntryKind(
            key="priorities",
            model=Priority,
            name="name",
            attributes=("name", "rank", "colour", "is_default", "active"),
            order=(Priority.rank, Priority.id),
            used_by=(Ticket.priority_id,),
        ),
        EntryKind(
            key="categories",
            model=CompanyCategory,
            name="name",
            attributes=("name", "colour", "position"),
            order=(CompanyCategory.position, CompanyCategory.id),
            used_by=(Company.category_id,),
        ),
        EntryKind(
            key="fields",
            model=CustomField,
            name="label",
            attributes=("label", "kind", "required", "for_contacts", "active", "position"),
            order=(CustomField.position, CustomField.id),
            used_by=(TicketFieldValue.field_id, TicketFieldChoice.field_id),
            name_limit=120,
        ),
        EntryKind(
            key="canned",
            model=CannedAnswer,
            name="title",
            attributes=("title", "body", "position"),
            order=(CannedAnswer.group_id, CannedAnswer.position, CannedAnswer.id),
            permission="core:canned:manage",
            name_limit=120,
        ),
    )
}


def save_entry(
    session: Session, kind: EntryKind, entry_id: int | None, values: Mapping[str, Any], *, actor: Actor
) -> int:
    """Add an entry, or change one; returns its id. Raises ``Forbidden``, ``NotFound``, ``Invalid`` or ``Rejected``.

    A new entry gets the key that *values* give under ``key``, else one made of its name.
    """
    require(actor, kind.permission)
    take_turns(session, "entry", kind.key)
    entry = kind.model() if entry_id is None else get_entry(session, kind, entry_id)
    _check(session, kind, entry_id, values)
    if isinstance(entry, CustomField) and entry_id is not None and values["kind"] != entry.kind:
        raise Invalid({"kind": [message("The kind of a field stays as it is: add another field.")]})
    before = {name: getattr(entry, name) for name in kind.attributes} if entry_id is not None else {}
    for name in kind.attributes:
        value = values[name]
        setattr(entry, name, value.strip() if isinstance(value, str) else value)
    if entry_id is None and hasattr(entry, "key"):
        entry.key = values.get("key") or _new_key(session, kind, values[kind.name])
    if isinstance(entry, CannedAnswer):
        entry.group_id = _canned_group(session, values["group"])
    if isinstance(entry, Priority):
        _one_default(session, entry)
    if entry_id is None:
        session.add(entry)
    session.flush()
    if isinstance(entry, CustomField):
        _write_options(session, entry, values.get("options") or ())
    after = {name: getattr(entry, name) for name in kind.attributes}
    name = f"settings.{kind.key}_{'added' if entry_id is None else 'changed'}"
    record(session, name, actor=actor, subject_kind=kind.key, subject_id=entry.id, before=before, after=after)
    return int(entry.id)


def add_field(session: Session, *, key: str, label: str, kind: str, options: Sequence[str] = (), actor: Actor) -> int:
    """Add a custom field of a known key, last in order, shown to employees only; raises as ``save_entry`` does."""
    last = session.scalar(select(func.max(CustomField.position))) or 0
    values = {
        "key": key,
        "label": label,
        "kind": kind,
        "options": tuple(options),
        "required": False,
        "for_contacts": False,
        "active": True,
        "position": last + 10,
    }
    return save_entry(session, KINDS["fields"], None, values, actor=actor)


def delete_entry(session: Session, kind: EntryKind, entry_id: int, *, actor: Actor) -> bool:
    """Delete an entry that nothing names, else take it out of use; true when it is gone.

    Raises ``Rejected`` where it can be neither: the default priority, a category of companies.
    """
    require(actor, kind.permission)
    entry = get_entry(session, kind, entry_id)
    if getattr(entry, "is_default", False):
        raise Rejected(message("New tickets get this one: make another the default first."))
    used = any(session.scalar(select(column).where(column == entry_id).limit(1)) is not None for column in kind.used_by)
    if used and not hasattr(entry, "active"):
        raise Rejected(message("This is in use: choose another where it is used first."))
    before = {kind.name: getattr(entry, kind.name)}
    if used:
        entry.active = False
    else:
        session.delete(entry)
    session.flush()
    name = f"settings.{kind.key}_{'retired' if used else 'deleted'}"
    record(session, name, actor=actor, subject_kind=kind.key, subject_id=entry_id, before=before)
    return not used


def get_entry(session: Session, kind: EntryKind, entry_id: int) -> Any:
    """The entry; raises ``NotFound``."""
    entry = session.get(kind.model, entry_id)
    if entry is None:
        raise NotFound(kind.key)
    return entry


def entries(kind: EntryKind) -> Sequence[Any]:
    """All entries of a list in their order."""
    with reading() as session:
        return session.scalars(select(kind.model).order_by(*kind.order).limit(MOST_ENTRIES)).all()


def entry_values(kind: EntryKind, entry_id: int) -> dict[str, Any]:
    """What the form of an entry begins with; raises ``NotFound``."""
    with reading() as session:
        entry = get_entry(session, kind, entry_id)
        values = {name: getattr(entry, name) for name in kind.attributes}
        if isinstance(entry, CannedAnswer):
            values["group"] = session.scalar(select(CannedGroup.name).where(CannedGroup.id == entry.group_id))
        if isinstance(entry, CustomField):
            values["options"] = "\n".join(option.label for option in _options(session, entry.id) if option.active)
        return values


def canned_groups() -> dict[int, str]:
    """The names of the groups of canned answers by id."""
    with reading() as session:
        return {row.id: row.name for row in session.scalars(select(CannedGroup))}


def _check(session: Session, kind: EntryKind, entry_id: int | None, values: Mapping[str, Any]) -> None:
    problems = Problems()
    label = values[kind.name] or ""
    problems.text(kind.name, label, kind.name_limit, required=True)
    if "colour" in values:
        problems.colour("colour", values["colour"])
    for name in ("position", "rank"):
        if name in values and not (isinstance(values[name], int) and 0 <= values[name] <= 100_000):
            problems.add(name, message("Give a number from 0 to 100000."))
    if kind.model is CannedAnswer:
        problems.text("body", values["body"], 20_000, required=True, lines=True)
        problems.text("group", values["group"], 80, required=True)
    else:
        # Compared here: lower() of SQLite knows ASCII only.
        names = session.execute(select(kind.model.id, getattr(kind.model, kind.name)))
        if any(name.casefold() == label.strip().casefold() for row_id, name in names if row_id != entry_id):
            problems.add(kind.name, message("There is one of this name."))
    if values.get("key"):
        _check_key(session, kind, values["key"], problems)
    if kind.model is CustomField:
        _check_field(values, problems)
    count = session.scalar(select(func.count()).select_from(kind.model)) or 0
    if entry_id is None and count >= MOST_ENTRIES:
        problems.add("", message("There are %(count)d already.", count=MOST_ENTRIES))
    problems.raise_if_any()


def _check_key(session: Session, kind: EntryKind, key: str, problems: Problems) -> None:
    if not re.fullmatch(r"[a-z0-9_.]{1,80}", key):
        problems.add("key", message("Use at most 80 small letters, digits, dots and underscores."))
    elif session.scalar(select(kind.model.id).where(kind.model.key == key)) is not None:
        problems.add("key", message("There is one of this key."))


def _check_field(values: Mapping[str, Any], problems: Problems) -> None:
    options = values.get("options") or ()
    if values["kind"] not in FIELD_KINDS:
        problems.add("kind", message("Choose one of the kinds."))
    if values["kind"] in ("choice", "choices") and not options:
        problems.add("options", message("A list needs values, one per line."))
    if len(options) > MOST_OPTIONS or any(len(label) > 120 for label in options):
        problems.add("options", message("At most %(count)d values of 120 characters each.", count=MOST_OPTIONS))


def _new_key(session: Session, kind: EntryKind, label: str) -> str:
    word = re.sub(r"[^a-z0-9]+", "_", label.strip().lower()).strip("_")[:50] or kind.key
    known = set(session.scalars(select(kind.model.key)))
    # A custom field's key is a column of exports and imports, so it carries no prefix.
    base = word if kind.model is CustomField else f"site.{word}"
    key, number = base, 2
    while key in known:
        key, number = f"{base}_{number}", number + 1
    return key


def _canned_group(session: Session, name: str) -> int:
    name = name.strip()
    groups = session.scalars(select(CannedGroup))
    group = next((one for one in groups if one.name.casefold() == name.casefold()), None)
    if group is None:
        group = CannedGroup(name=name)
        session.add(group)
        session.flush()
    return group.id


def _one_default(session: Session, priority: Priority) -> None:
    if priority.is_default:
        if not priority.active:
            raise Invalid({"active": [message("The default has to be in use.")]})
        for other in session.scalars(select(Priority).where(Priority.is_default)):
            if other is not priority:
                other.is_default = False
    elif session.scalar(select(Priority.id).where(Priority.is_default, Priority.id != (priority.id or 0))) is None:
        raise Invalid({"is_default": [message("One priority has to be the default: choose another instead.")]})


def _options(session: Session, field_id: int) -> Sequence[CustomFieldOption]:
    return session.scalars(
        select(CustomFieldOption)
        .where(CustomFieldOption.field_id == field_id)
        .order_by(CustomFieldOption.position, CustomFieldOption.id)
    ).all()


def _write_options(session: Session, field: CustomField, labels: Sequence[str]) -> None:
    # A value that was taken away stays for the tickets that have it, but is not offered any more.
    known = {option.label: option for option in _options(session, field.id)}
    for option in known.values():
        option.active = False
    for position, label in enumerate(dict.fromkeys(labels), start=1):
        option = known.get(label) or CustomFieldOption(field_id=field.id, label=label)
        option.active, option.position = True, 10 * position
        session.add(option)
    session.flush()
