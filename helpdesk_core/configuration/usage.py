"""What tickets and people use of a configuration: it cannot be taken away from under them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.configuration.document import Configuration
from helpdesk_core.contract.messages import message, message_n
from helpdesk_core.fields.models import CustomField, CustomFieldOption, TicketFieldChoice, TicketFieldValue
from helpdesk_core.imports.toml_tables import Problems
from helpdesk_core.tickets.models import Priority, Ticket, TicketType

#: So many tickets of a status are named by their numbers.
_NAMED = 5


def tickets_by_status(session: Session) -> dict[str, int]:
    """How many tickets have each status that some ticket has."""
    rows = session.execute(select(Ticket.status_key, func.count()).group_by(Ticket.status_key))
    return {row[0]: row[1] for row in rows}


def check_usage(
    session: Session, before: Configuration, wanted: Configuration, moved: Collection[str], problems: Problems
) -> None:
    """Note what is in use and would go; statuses in *moved* are left by their tickets before."""
    _check_statuses(session, before, wanted, moved, problems)
    _check_until(session, before, wanted, problems)
    _check_kinds(before, wanted, problems)
    for section, model, column in (
        ("types", TicketType, Ticket.type_id),
        ("priorities", Priority, Ticket.priority_id),
    ):
        gone = set(getattr(before, section)) - set(getattr(wanted, section))
        for key, count in _used(session, model, column, gone).items():
            problems.add(f"[{section}.{key}]", _retire(count))
    _check_fields(session, before, wanted, problems)
    gone = set(before.roles) - set(wanted.roles)
    for key, count in _used(session, Role, EmployeeRole.role_id, gone).items():
        told = message_n(
            "cannot go: %(num)d employee has this role", "cannot go: %(num)d employees have this role", count
        )
        problems.add(f"[roles.{key}]", told)


def _retire(count: int) -> str:
    return message_n(
        "cannot go: %(num)d ticket has it; keep it with retired = true",
        "cannot go: %(num)d tickets have it; keep it with retired = true",
        count,
    )


def _check_statuses(
    session: Session, before: Configuration, wanted: Configuration, moved: Collection[str], problems: Problems
) -> None:
    gone = [key for key in before.statuses if key not in wanted.statuses and key not in moved]
    used = tickets_by_status(session)
    for key in gone:
        if key in used:
            ids = session.scalars(select(Ticket.id).where(Ticket.status_key == key).order_by(Ticket.id).limit(_NAMED))
            numbers = ", ".join(f"#{number}" for number in ids) + (", …" if used[key] > _NAMED else "")
            told = message_n(
                "cannot go: %(num)d ticket has this status (%(numbers)s); say which one it gets instead",
                "cannot go: %(num)d tickets have this status (%(numbers)s); say which one they get instead",
                used[key],
                numbers=numbers,
            )
            problems.add(f"[statuses.{key}]", told)


def _check_until(session: Session, before: Configuration, wanted: Configuration, problems: Problems) -> None:
    """A status that begins to ask until when must have no ticket that does not know."""
    for key, status in wanted.statuses.items():
        known = before.statuses.get(key)
        if known is None or known.requires_until or not status.requires_until:
            continue
        count = endless(session, key)
        if count:
            told = message_n(
                "cannot be set: %(num)d ticket has this status and no time",
                "cannot be set: %(num)d tickets have this status and no time",
                count,
            )
            problems.add(f"[statuses.{key}] requires_until", told)


def endless(session: Session, key: str) -> int:
    """How many tickets of a status know no time until when."""
    waiting = select(func.count()).where(Ticket.status_key == key, Ticket.until_at.is_(None))
    return session.scalar(waiting) or 0


def _check_kinds(before: Configuration, wanted: Configuration, problems: Problems) -> None:
    for key, entry in wanted.fields.items():
        known = before.fields.get(key)
        if known is not None and known.kind != entry.kind:
            told = message("the field exists and is of the kind %(kind)s: add another field", kind=known.kind)
            problems.add(f"[fields.{key}] kind", told)


def _check_fields(session: Session, before: Configuration, wanted: Configuration, problems: Problems) -> None:
    gone = set(before.fields) - set(wanted.fields)
    counts: dict[str, int] = {}
    for column in (TicketFieldValue.field_id, TicketFieldChoice.field_id):
        for key, count in _used(session, CustomField, column, gone).items():
            counts[key] = counts.get(key, 0) + count
    for key in sorted(counts):
        problems.add(f"[fields.{key}]", _retire(counts[key]))
    for key, entry in wanted.fields.items():
        known = before.fields.get(key)
        if known is None:
            continue
        lost = {*known.options, *known.retired_options} - {*entry.options, *entry.retired_options}
        for label in sorted(_held(session, key, lost)):
            told = message("tickets hold %(value)s: keep it among the retired_options", value=label)
            problems.add(f"[fields.{key}] options", told)


def _held(session: Session, key: str, labels: Iterable[str]) -> set[str]:
    lost = set(labels)
    if not lost:
        return set()
    options = {
        row.id: row.label.strip()
        for row in session.scalars(select(CustomFieldOption).join(CustomField).where(CustomField.key == key))
        if row.label.strip() in lost
    }
    held: set[str] = set()
    for column in (TicketFieldValue.option_id, TicketFieldChoice.option_id):
        found = session.scalars(select(column).where(column.in_(options)).distinct())
        held |= {options[option] for option in found if option is not None}
    return held


def _used(session: Session, model: Any, column: Any, keys: Collection[str]) -> Mapping[str, int]:
    """How many rows name each of the entries of *keys* that some row names."""
    if not keys:
        return {}
    rows = session.execute(
        select(model.key, func.count())
        .select_from(column.class_)
        .join(model, model.id == column)
        .where(model.key.in_(keys))
        .group_by(model.key)
        .order_by(model.key)
    )
    return {row[0]: row[1] for row in rows}
