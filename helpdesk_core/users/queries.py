"""What the pages about people show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from helpdesk_core.access.catalog import RoleInfo, role_catalog
from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.contract.specs import Permission
from helpdesk_core.db.session import reading
from helpdesk_core.search.findable import found_by
from helpdesk_core.search.words import words_of
from helpdesk_core.users.catalog import people
from helpdesk_core.users.models import Employee, Group, GroupMember, UserAccount
from helpdesk_core.users.services import get_employee
from helpdesk_core.users.sessions import normalise_login

MOST_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRow:
    """An employee in the list and on his card."""

    id: int
    name: str
    email: str | None
    phone: str | None
    position: str | None
    timezone: str
    language: str
    photo: str | None
    active: bool
    login: str | None
    last_login_at: datetime | None
    roles: tuple[str, ...]
    role_keys: tuple[str, ...]
    groups: tuple[str, ...]
    group_ids: tuple[int, ...]

    @property
    def photo_url(self) -> str | None:
        """Where the photo is shown from."""
        return f"/employees/{self.id}/photo?v={self.photo[:12]}" if self.photo else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A group in the list and on its form."""

    id: int
    name: str
    description: str
    hidden: bool
    member_ids: tuple[int, ...]
    notify_ids: tuple[int, ...]
    members: tuple[str, ...]
    kind: str = "group"


def employees(*, text: str = "", inactive: bool = False) -> list[EmployeeRow]:
    """Employees by name, narrowed by a part of name, address, login or position."""
    statement = (
        select(Employee, UserAccount.login, UserAccount.last_login_at)
        .outerjoin(UserAccount, UserAccount.employee_id == Employee.id)
        .order_by(Employee.name_key, Employee.id)
        .limit(MOST_ROWS)
    )
    if not inactive:
        statement = statement.where(Employee.active.is_(True))
    if text:
        login = UserAccount.login.contains(normalise_login(text), autoescape=True)
        statement = statement.where(or_(found_by(text, Employee.words), login))
    with reading() as session:
        return [_row(employee, login, seen) for employee, login, seen in session.execute(statement)]


def employee(employee_id: int) -> EmployeeRow:
    """One employee; raises ``NotFound``."""
    with reading() as session:
        row = get_employee(session, employee_id)
        account = session.execute(
            select(UserAccount.login, UserAccount.last_login_at).where(UserAccount.employee_id == employee_id)
        ).one_or_none()
        return _row(row, account.login if account else None, account.last_login_at if account else None)


def _row(employee: Employee, login: str | None, seen: datetime | None) -> EmployeeRow:
    info = people().employees.get(employee.id)
    roles, groups = role_catalog().by_key, people().groups
    role_keys = info.role_keys if info else ()
    group_ids = info.group_ids if info else ()
    return EmployeeRow(
        id=employee.id,
        name=employee.name,
        email=employee.email,
        phone=employee.phone,
        position=employee.position,
        timezone=employee.timezone,
        language=employee.language,
        photo=employee.photo,
        active=employee.active,
        login=login,
        last_login_at=seen,
        role_keys=role_keys,
        roles=tuple(roles[key].label for key in role_keys if key in roles),
        group_ids=group_ids,
        groups=tuple(groups[number].name for number in group_ids if number in groups),
    )


def groups(*, text: str = "") -> list[GroupRow]:
    """All groups by name, hidden ones last."""
    with reading() as session:
        rows = session.scalars(select(Group).order_by(Group.hidden, Group.name)).all()
        members: dict[int, list[GroupMember]] = {}
        for member in session.scalars(select(GroupMember)):
            members.setdefault(member.group_id, []).append(member)
        known = people().employees
        return [
            GroupRow(
                id=row.id,
                name=row.name,
                description=row.description,
                hidden=row.hidden,
                member_ids=tuple(member.employee_id for member in members.get(row.id, ())),
                notify_ids=tuple(member.employee_id for member in members.get(row.id, ()) if member.notify),
                members=tuple(
                    known[member.employee_id].name for member in members.get(row.id, ()) if member.employee_id in known
                ),
            )
            for row in rows
            if all(word in " ".join(words_of(row.name)) for word in words_of(text))
        ]


def group(group_id: int) -> GroupRow:
    """One group; raises ``NotFound``."""
    for row in groups():
        if row.id == group_id:
            return row
    raise NotFound("group")


def member_choices(held: tuple[int, ...]) -> list[tuple[int, str]]:
    """Active employees, and those who are members already."""
    with reading():
        return [(info.id, info.name) for info in people().employees.values() if info.active or info.id in held]


def active_employee_choices(*, without: int | None = None) -> list[tuple[int, str]]:
    """Active employees for a list, by name."""
    with reading():
        return [(info.id, info.name) for info in people().employees.values() if info.active and info.id != without]


def group_choices(*, hidden: bool = False) -> list[tuple[int, str]]:
    """Groups for a list; hidden ones only where they may still be chosen."""
    with reading():
        return [(info.id, info.name) for info in people().groups.values() if hidden or not info.hidden]


def employee_roles() -> list[RoleInfo]:
    """The roles an employee can have."""
    with reading():
        return [role for role in role_catalog().by_key.values() if not role.for_contacts]


def all_roles() -> list[RoleInfo]:
    """All roles, the contact's too."""
    with reading():
        return list(role_catalog().by_key.values())


def permission_rows() -> Sequence[Permission]:
    """The core's rights in their order."""
    return CORE_PERMISSIONS
