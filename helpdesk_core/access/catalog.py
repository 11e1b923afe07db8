"""Roles and grants as every process keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import EmployeeRole, Role, RoleGrant
from helpdesk_core.db.reference import cached
from helpdesk_core.i18n.terms import term


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """A role with its grants: permission -> reach (``all`` or ``related``)."""

    id: int
    key: str
    name: str
    is_system: bool
    for_contacts: bool
    grants_all: bool
    grants: Mapping[str, str]

    @property
    def label(self) -> str:
        """What is shown."""
        return term("role", self.key, self.name)


@dataclass(frozen=True, slots=True)
class RoleCatalog:
    """All roles by key, and the role keys of each employee."""

    by_key: Mapping[str, RoleInfo]
    of_employee: Mapping[int, tuple[str, ...]]


def _load(session: Session) -> RoleCatalog:
    grants: dict[int, dict[str, str]] = {}
    for role_id, permission, reach in session.execute(select(RoleGrant.role_id, RoleGrant.permission, RoleGrant.reach)):
        grants.setdefault(role_id, {})[permission] = reach
    roles = {
        role.id: RoleInfo(
            role.id,
            role.key,
            role.name,
            role.is_system,
            role.for_contacts,
            role.grants_all,
            MappingProxyType(grants.get(role.id, {})),
        )
        for role in session.execute(
            select(Role.id, Role.key, Role.name, Role.is_system, Role.for_contacts, Role.grants_all).order_by(Role.id)
        )
    }
    of_employee: dict[int, tuple[str, ...]] = {}
    for employee_id, role_id in session.execute(
        select(EmployeeRole.employee_id, EmployeeRole.role_id).order_by(EmployeeRole.role_id)
    ):
        of_employee[employee_id] = (*of_employee.get(employee_id, ()), roles[role_id].key)
    return RoleCatalog(MappingProxyType({role.key: role for role in roles.values()}), MappingProxyType(of_employee))


def role_catalog() -> RoleCatalog:
    """The roles as they are now."""
    return cached("roles", _load)
