"""Employees and groups as every process keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.db.reference import cached
from helpdesk_core.users.models import Employee, Group, GroupMember


@dataclass(frozen=True, slots=True)
class EmployeeInfo:
    """An employee with the groups and roles he is in."""

    id: int
    name: str
    email: str | None
    active: bool
    timezone: str
    language: str
    photo: str | None
    role_keys: tuple[str, ...]
    group_ids: tuple[int, ...]

    @property
    def photo_url(self) -> str | None:
        """Where the photo is shown from."""
        return f"/employees/{self.id}/photo?v={self.photo[:12]}" if self.photo else None


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A group; ``notify_ids`` are the employees for notifications (OK-065)."""

    id: int
    name: str
    hidden: bool
    member_ids: tuple[int, ...]
    notify_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PeopleCatalog:
    """All employees and groups by id, in the order of their names."""

    employees: Mapping[int, EmployeeInfo]
    groups: Mapping[int, GroupInfo]


def _load(session: Session) -> PeopleCatalog:
    roles: dict[int, list[str]] = {}
    for employee_id, key in session.execute(
        select(EmployeeRole.employee_id, Role.key).join(Role, Role.id == EmployeeRole.role_id).order_by(Role.id)
    ):
        roles.setdefault(employee_id, []).append(key)
    groups_of: dict[int, list[int]] = {}
    members: dict[int, list[int]] = {}
    notified: dict[int, list[int]] = {}
    for group_id, employee_id, notify in session.execute(
        select(GroupMember.group_id, GroupMember.employee_id, GroupMember.notify).order_by(
            GroupMember.group_id, GroupMember.employee_id
        )
    ):
        groups_of.setdefault(employee_id, []).append(group_id)
        members.setdefault(group_id, []).append(employee_id)
        if notify:
            notified.setdefault(group_id, []).append(employee_id)
    employees = session.execute(
        select(
            Employee.id,
            Employee.name,
            Employee.email,
            Employee.active,
            Employee.timezone,
            Employee.language,
            Employee.photo,
        ).order_by(Employee.name, Employee.id)
    )
    groups = session.execute(select(Group.id, Group.name, Group.hidden).order_by(Group.name))
    return PeopleCatalog(
        MappingProxyType(
            {
                row.id: EmployeeInfo(*row, tuple(roles.get(row.id, ())), tuple(groups_of.get(row.id, ())))
                for row in employees
            }
        ),
        MappingProxyType(
            {row.id: GroupInfo(*row, tuple(members.get(row.id, ())), tuple(notified.get(row.id, ()))) for row in groups}
        ),
    )


def people() -> PeopleCatalog:
    """The employees and groups as they are now."""
    return cached("people", _load)
