"""Making the tables say what a configuration says; what it does not cover stays as it is.

Nothing is checked here: ``services`` has done it, and compares afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.configuration.checks import SYSTEM_ROLES
from helpdesk_core.configuration.document import Configuration, FieldEntry, StatusEntry
from helpdesk_core.db.base import Model
from helpdesk_core.fields.models import CustomField, CustomFieldHidden, CustomFieldOption
from helpdesk_core.statuses.models import DeniedStep, Status, StatusTransition
from helpdesk_core.tickets.models import Priority, TicketType, TypeStatus

_Row = TypeVar("_Row", bound=Model)


def write_roles(session: Session, wanted: Configuration) -> None:
    """Roles with their grants."""
    rows = _by_key(session, Role)
    for key in sorted(wanted.roles, key=_of_system_first):
        role = rows.get(key)
        if role is None:
            role = rows[key] = Role(
                key=key,
                is_system=key in SYSTEM_ROLES,
                for_contacts=key == "core.contact",
                grants_all=key == "core.administrator",
            )
            session.add(role)
        role.name = _kept(role.name, wanted.roles[key].name)
    _remove(session, rows, wanted.roles, wanted)
    session.flush()
    known = {
        (row.role_id, row.permission): row
        for row in session.scalars(select(RoleGrant))
        if wanted.covers(row.permission)
    }
    kept = set()
    for key, entry in wanted.roles.items():
        for permission, reach in entry.grants.items():
            kept.add((rows[key].id, permission))
            row = known.get((rows[key].id, permission))
            if row is None:
                session.add(RoleGrant(role_id=rows[key].id, permission=permission, reach=reach))
            else:
                row.reach = reach
    ours = {rows[key].id for key in wanted.roles}
    _delete(session, [row for place, row in known.items() if place not in kept and row.role_id in ours])


def _of_system_first(key: str) -> tuple[int, str]:
    return (SYSTEM_ROLES.index(key) if key in SYSTEM_ROLES else len(SYSTEM_ROLES), key)


def write_statuses(session: Session, wanted: Configuration) -> None:
    """Add and change statuses; those that go are still there, since tickets may have them."""
    rows = {row.key: row for row in session.scalars(select(Status).order_by(Status.position, Status.id))}
    for key, entry in wanted.statuses.items():
        row = rows.get(key)
        if row is None:
            row = rows[key] = Status(key=key, is_system=not key.startswith("site."), position=0)
            session.add(row)
        _write_status(row, entry)
    if any(entry.default for entry in wanted.statuses.values()):
        for key, row in rows.items():
            row.is_default = key in wanted.statuses and wanted.statuses[key].default
    _arrange([rows[key] for key in wanted.statuses])
    session.flush()


def _write_status(row: Status, entry: StatusEntry) -> None:
    row.label = _kept(row.label, entry.label)
    row.category, row.final, row.requires_until = entry.category, entry.final, entry.requires_until
    row.pauses_sla, row.counts_to_load = entry.pauses_sla, entry.counts_to_load
    row.finish_target = entry.finish_target or None
    row.background = _kept(row.background, entry.background, lower=True)
    row.foreground = _kept(row.foreground, entry.foreground, lower=True)


def remove_statuses(session: Session, wanted: Configuration) -> None:
    """Delete the statuses that *wanted* does not have, with the steps to and from them; no ticket has them any more."""
    rows = {row.key: row for row in session.scalars(select(Status))}
    _remove(session, rows, wanted.statuses, wanted)
    session.flush()


def write_steps(session: Session, wanted: Configuration) -> None:
    """The matrix of steps, and who may not take one."""
    steps = {
        (row.source, row.target): row
        for row in session.scalars(select(StatusTransition))
        if row.source in wanted.statuses and row.target in wanted.statuses
    }
    for source, entry in wanted.statuses.items():
        for target in entry.steps:
            row = steps.pop((source, target), None)
            if row is None:
                row = StatusTransition(source=source, target=target)
                session.add(row)
            row.permission = entry.step_rights.get(target)
    _delete(session, steps.values())
    roles = {row.key: row.id for row in session.scalars(select(Role)) if row.key in wanted.roles}
    denied = {
        (row.role_id, row.source, row.target): row
        for row in session.scalars(select(DeniedStep))
        if row.role_id in roles.values() and row.source in wanted.statuses and row.target in wanted.statuses
    }
    for key, role in wanted.roles.items():
        for source, targets in role.denied_steps.items():
            for target in targets:
                if denied.pop((roles[key], source, target), None) is None:
                    session.add(DeniedStep(role_id=roles[key], source=source, target=target))
    _delete(session, denied.values())
    session.flush()


def write_types(session: Session, wanted: Configuration) -> None:
    """Types with the statuses of each."""
    rows = _by_key(session, TicketType)
    for key, entry in wanted.types.items():
        row = rows.get(key)
        if row is None:
            row = rows[key] = TicketType(key=key, position=0)
            session.add(row)
        row.name, row.internal, row.active = _kept(row.name, entry.name), entry.internal, not entry.retired
    _arrange([rows[key] for key in wanted.types])
    _delete(session, [row for key, row in rows.items() if key not in wanted.types])
    session.flush()
    subsets = {
        (row.type_id, row.status_key): row
        for row in session.scalars(select(TypeStatus))
        if row.status_key in wanted.statuses
    }
    for key, entry in wanted.types.items():
        for status in entry.statuses:
            if subsets.pop((rows[key].id, status), None) is None:
                session.add(TypeStatus(type_id=rows[key].id, status_key=status))
    _delete(session, subsets.values())
    session.flush()


def write_priorities(session: Session, wanted: Configuration) -> None:
    """Priorities."""
    rows = _by_key(session, Priority)
    for key, entry in wanted.priorities.items():
        row = rows.get(key)
        if row is None:
            row = Priority(key=key)
            session.add(row)
        row.name, row.rank, row.colour = _kept(row.name, entry.name), entry.rank, entry.colour
        row.is_default, row.active = entry.default, not entry.retired
    _delete(session, [row for key, row in rows.items() if key not in wanted.priorities])
    session.flush()


def write_fields(session: Session, wanted: Configuration) -> None:
    """Custom fields with their values, and the roles that do not see them."""
    rows = _by_key(session, CustomField)
    for key, entry in wanted.fields.items():
        row = rows.get(key)
        if row is None:
            row = rows[key] = CustomField(key=key, position=0, kind=entry.kind)
            session.add(row)
        row.label, row.required = _kept(row.label, entry.label), entry.required
        row.for_contacts, row.active = entry.for_contacts, not entry.retired
    _arrange([rows[key] for key in wanted.fields])
    _delete(session, [row for key, row in rows.items() if key not in wanted.fields])
    session.flush()
    roles = {row.key: row.id for row in session.scalars(select(Role)) if wanted.covers(row.key)}
    hidden = {
        (row.field_id, row.role_id): row
        for row in session.scalars(select(CustomFieldHidden))
        if row.role_id in roles.values()
    }
    for key, entry in wanted.fields.items():
        _write_options(session, rows[key], entry)
        for role in entry.hidden_from:
            if hidden.pop((rows[key].id, roles[role]), None) is None:
                session.add(CustomFieldHidden(field_id=rows[key].id, role_id=roles[role]))
    _delete(session, hidden.values())
    session.flush()


def _write_options(session: Session, field: CustomField, entry: FieldEntry) -> None:
    known = {
        row.label.strip(): row
        for row in session.scalars(
            select(CustomFieldOption)
            .where(CustomFieldOption.field_id == field.id)
            .order_by(CustomFieldOption.position, CustomFieldOption.id)
        )
    }
    rows = []
    for label in (*entry.options, *entry.retired_options):
        row = known.pop(label, None)
        if row is None:
            row = CustomFieldOption(field_id=field.id, label=label, position=0)
            session.add(row)
        row.active = label in entry.options
        rows.append(row)
    _arrange(rows)
    _delete(session, known.values())


def _by_key(session: Session, model: type[_Row]) -> dict[str, _Row]:
    keyed: Any = model
    return {row.key: row for row in session.scalars(select(keyed).order_by(keyed.id))}


def _kept(now: str | None, wanted: str, *, lower: bool = False) -> str:
    """What stands there where it means the same as what is wanted."""
    same = (now or "").strip()
    return now if now is not None and (same.lower() if lower else same) == wanted else wanted


def _arrange(rows: Sequence[Any]) -> None:
    """Give the rows of one list their order; where they have it already, their positions stay."""
    places = [(row.position, row.id or 0) for row in rows]
    if places != sorted(places) or not all(row.id and row.position > 0 for row in rows):
        for place, row in enumerate(rows, start=1):
            row.position = 10 * place


def _remove(session: Session, rows: Mapping[str, Any], kept: Collection[str], wanted: Configuration) -> None:
    _delete(session, [row for key, row in rows.items() if key not in kept and wanted.covers(key)])


def _delete(session: Session, rows: Collection[Any]) -> None:
    for row in rows:
        session.delete(row)
