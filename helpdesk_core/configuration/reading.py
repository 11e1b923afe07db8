"""What the tables hold, as a configuration."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.configuration.document import (
    Configuration,
    FieldEntry,
    PriorityEntry,
    RoleEntry,
    StatusEntry,
    TypeEntry,
    normal,
)
from helpdesk_core.configuration.words import with_words
from helpdesk_core.contract.presets import DEFAULT_PRESET, PRESETS
from helpdesk_core.contract.specs import Permission, RoleSpec, StatusSpec
from helpdesk_core.fields.models import CustomField, CustomFieldHidden, CustomFieldOption
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.statuses.models import DeniedStep, Status, StatusTransition
from helpdesk_core.tickets.models import Priority, TicketType, TypeStatus


def carried_applications() -> tuple[str, ...]:
    """The running applications that bring statuses, roles or rights."""
    registry = current_runtime().registry
    owners = {row.plugin for kind in (StatusSpec, RoleSpec, Permission) for row in registry.owned(kind)}
    return tuple(sorted(owners))


def active_preset(keys: Iterable[str]) -> str:
    """The preset whose statuses are among *keys*."""
    owners = {key.partition(".")[0] for key in keys}
    return next((name for name in PRESETS if name in owners), DEFAULT_PRESET)


def read_configuration(session: Session, *, applications: Iterable[str] | None = None) -> Configuration:
    """The configuration as it is; without *applications* it speaks of all that run."""
    statuses = session.scalars(select(Status).order_by(Status.position, Status.id)).all()
    shell = Configuration(
        preset=active_preset(status.key for status in statuses),
        applications=tuple(carried_applications() if applications is None else applications),
        statuses={},
        types={},
        priorities={},
        roles={},
        fields={},
    )
    covered = {status.key: status for status in statuses if shell.covers(status.key)}
    entries = _statuses(session, covered)
    parts: dict[str, Any] = {
        "statuses": entries,
        "types": _types(session, covered),
        "priorities": _priorities(session),
        "roles": _roles(session, shell, entries),
        "fields": _fields(session, shell),
    }
    return normal(with_words(session, Configuration(preset=shell.preset, applications=shell.applications, **parts)))


def _statuses(session: Session, covered: dict[str, Status]) -> dict[str, StatusEntry]:
    steps: dict[str, dict[str, str | None]] = {key: {} for key in covered}
    for row in session.scalars(select(StatusTransition)):
        if row.source in covered and row.target in covered:
            steps[row.source][row.target] = row.permission
    return {
        key: StatusEntry(
            label=status.label.strip(),
            category=status.category,
            default=status.is_default,
            final=status.final,
            requires_until=status.requires_until,
            pauses_sla=status.pauses_sla,
            counts_to_load=status.counts_to_load,
            background=status.background,
            foreground=status.foreground,
            finish_target=status.finish_target if status.finish_target in covered else "",
            steps=tuple(steps[key]),
            step_rights={target: right for target, right in steps[key].items() if right is not None},
        )
        for key, status in covered.items()
    }


def _types(session: Session, covered: Container[str]) -> dict[str, TypeEntry]:
    subsets: dict[int, list[str]] = {}
    for row in session.scalars(select(TypeStatus)):
        if row.status_key in covered:
            subsets.setdefault(row.type_id, []).append(row.status_key)
    return {
        one.key: TypeEntry(
            name=one.name.strip(),
            internal=one.internal,
            retired=not one.active,
            statuses=tuple(subsets.get(one.id, ())),
        )
        for one in session.scalars(select(TicketType).order_by(TicketType.position, TicketType.id))
    }


def _priorities(session: Session) -> dict[str, PriorityEntry]:
    return {
        row.key: PriorityEntry(
            name=row.name.strip(), rank=row.rank, colour=row.colour, default=row.is_default, retired=not row.active
        )
        for row in session.scalars(select(Priority))
    }


def _roles(session: Session, shell: Configuration, statuses: Mapping[str, StatusEntry]) -> dict[str, RoleEntry]:
    grants: dict[int, dict[str, str]] = {}
    for row in session.scalars(select(RoleGrant)):
        if shell.covers(row.permission):
            grants.setdefault(row.role_id, {})[row.permission] = row.reach
    denied: dict[int, dict[str, tuple[str, ...]]] = {}
    for step in session.scalars(select(DeniedStep)):
        # What is no step any more is denied to everybody.
        if step.source in statuses and step.target in statuses[step.source].steps:
            mine = denied.setdefault(step.role_id, {})
            mine[step.source] = (*mine.get(step.source, ()), step.target)
    return {
        role.key: RoleEntry(
            name=role.name.strip(), grants=grants.get(role.id, {}), denied_steps=denied.get(role.id, {})
        )
        for role in session.scalars(select(Role))
        if shell.covers(role.key)
    }


def _fields(session: Session, shell: Configuration) -> dict[str, FieldEntry]:
    options: dict[tuple[int, bool], list[str]] = {}
    for option in session.scalars(select(CustomFieldOption).order_by(CustomFieldOption.position, CustomFieldOption.id)):
        options.setdefault((option.field_id, option.active), []).append(option.label.strip())
    hidden: dict[int, list[str]] = {}
    for field_id, role_key in session.execute(
        select(CustomFieldHidden.field_id, Role.key).join(Role, Role.id == CustomFieldHidden.role_id)
    ):
        if shell.covers(role_key):
            hidden.setdefault(field_id, []).append(role_key)
    return {
        row.key: FieldEntry(
            label=row.label.strip(),
            kind=row.kind,
            required=row.required,
            for_contacts=row.for_contacts,
            retired=not row.active,
            options=tuple(options.get((row.id, True), ())),
            retired_options=tuple(options.get((row.id, False), ())),
            hidden_from=tuple(hidden.get(row.id, ())),
        )
        for row in session.scalars(select(CustomField).order_by(CustomField.position, CustomField.id))
    }
