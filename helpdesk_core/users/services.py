"""Employees: adding, changing, letting them go without leaving tickets behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.access.permissions import ADMINISTRATOR
from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.db.turns import take_turns
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.users.accounts import (
    change_own_password,
    reset_password,
    set_password,
    write_login,
)
from helpdesk_core.users.commands import CreateEmployee, UpdateEmployee, UpdateProfile
from helpdesk_core.users.groups import create_group, delete_or_hide, update_group
from helpdesk_core.users.models import Employee, Group, GroupMember, UserAccount
from helpdesk_core.users.passwords import check_strength, hash_password
from helpdesk_core.users.rules import Problems
from helpdesk_core.users.sessions import end_sessions, sign_in, sign_out

__all__ = [
    "activate_employee",
    "change_own_password",
    "create_employee",
    "create_group",
    "delete_or_hide",
    "get_employee",
    "reset_password",
    "set_password",
    "sign_in",
    "sign_out",
    "update_employee",
    "update_group",
    "update_profile",
]


def create_employee(session: Session, command: CreateEmployee, *, actor: Actor) -> Employee:
    """Add an employee, active unless told otherwise (OK-208); raises ``Forbidden`` or ``Invalid``."""
    require(actor, "core:employee:manage")
    _check(session, command, None)
    hashed = command.password_hash
    if command.password:
        check_strength(command.password, login=command.login or "")
        hashed = hash_password(command.password)
    employee = Employee(
        name=command.name.strip(),
        email=_address(command.email),
        phone=command.phone,
        position=command.position,
        timezone=command.timezone,
        language=command.language,
        active=command.active,
        external_id=command.external_id,
        created_at=command.created_at or utcnow(),
    )
    session.add(employee)
    session.flush()
    write_login(session, command.login, employee_id=employee.id, password_hash=hashed)
    _write_roles(session, employee.id, command.role_keys)
    _write_groups(session, employee.id, command.group_ids)
    record(
        session,
        "employee.created",
        actor=actor,
        subject_kind="employee",
        subject_id=employee.id,
        after={"name": employee.name, "login": command.login, "roles": sorted(command.role_keys)},
    )
    return employee


def update_employee(session: Session, employee: Employee, command: UpdateEmployee, *, actor: Actor) -> Employee:
    """Change an employee with his login, roles and groups; raises ``Forbidden``, ``Invalid`` or ``Rejected``.

    Other roles end his sessions: rights never change under a signed-in browser (T-52).
    """
    require(actor, "core:employee:manage")
    _check(session, command, employee.id)
    before = _picture(session, employee)
    if ADMINISTRATOR in before["roles"] and (ADMINISTRATOR not in command.role_keys or not command.login):
        keep_an_administrator(session, employee.id)
    employee.name, employee.email = command.name.strip(), _address(command.email)
    employee.phone, employee.position = command.phone, command.position
    employee.timezone, employee.language = command.timezone, command.language
    account = write_login(session, command.login, employee_id=employee.id)
    _write_roles(session, employee.id, command.role_keys)
    _write_groups(session, employee.id, command.group_ids)
    session.flush()
    after = _picture(session, employee)
    if account is not None and after["roles"] != before["roles"]:
        end_sessions(session, account.id)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        record(
            session,
            "employee.changed",
            actor=actor,
            subject_kind="employee",
            subject_id=employee.id,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return employee


def update_profile(session: Session, employee: Employee, command: UpdateProfile, *, actor: Actor) -> None:
    """Change one's own time zone, language and phone; raises ``NotFound`` for anybody else's."""
    if actor.kind is not ActorKind.EMPLOYEE or actor.id != employee.id:
        raise NotFound("employee")
    problems = Problems()
    problems.timezone("timezone", command.timezone)
    problems.language("language", command.language)
    problems.text("phone", command.phone, 40)
    problems.raise_if_any()
    employee.timezone, employee.language, employee.phone = command.timezone, command.language, command.phone
    record(session, "employee.profile_changed", actor=actor, subject_kind="employee", subject_id=employee.id)


def set_photo(session: Session, employee: Employee, stored_name: str | None, *, actor: Actor) -> str | None:
    """Replace one's own photo, or anybody's by who edits employees (OK-210); returns the file that is free to go."""
    if not (actor.kind is ActorKind.EMPLOYEE and actor.id == employee.id):
        require(actor, "core:employee:manage")
    old, employee.photo = employee.photo, stored_name
    record(session, "employee.photo_changed", actor=actor, subject_kind="employee", subject_id=employee.id)
    return old


def activate_employee(session: Session, employee: Employee, *, actor: Actor) -> None:
    """Let an employee work again; raises ``Forbidden``."""
    require(actor, "core:employee:manage")
    if not employee.active:
        employee.active = True
        session.flush()
        record(session, "employee.activated", actor=actor, subject_kind="employee", subject_id=employee.id)


def get_employee(session: Session, employee_id: int) -> Employee:
    """The employee; raises ``NotFound``."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise NotFound("employee")
    return employee


def _check(session: Session, command: CreateEmployee | UpdateEmployee, employee_id: int | None) -> None:
    take_turns(session, "employee")
    problems = Problems()
    problems.text("name", command.name, 200, required=True)
    problems.text("phone", command.phone, 40)
    problems.text("position", command.position, 120)
    problems.text("email", command.email, 254)
    problems.email("email", command.email)
    problems.login("login", command.login)
    problems.timezone("timezone", command.timezone)
    problems.language("language", command.language)
    address = _address(command.email)
    if address:
        taken = session.scalar(select(Employee.id).where(Employee.email == address))
        if taken is not None and taken != employee_id:
            problems.add("email", message("Another employee has this address."))
    if command.role_keys:
        known = set(session.scalars(select(Role.key).where(Role.key.in_(command.role_keys), ~Role.for_contacts)))
        if known != set(command.role_keys):
            problems.add("role_keys", message("There is no such role."))
    if command.group_ids:
        groups = set(session.scalars(select(Group.id).where(Group.id.in_(command.group_ids))))
        if groups != set(command.group_ids):
            problems.add("group_ids", message("There is no such group."))
    problems.raise_if_any()


def _address(email: str | None) -> str | None:
    return email.strip().lower() if email and email.strip() else None


def _picture(session: Session, employee: Employee) -> dict[str, Any]:
    roles = select(Role.key).join(EmployeeRole).where(EmployeeRole.employee_id == employee.id).order_by(Role.key)
    groups = select(GroupMember.group_id).where(GroupMember.employee_id == employee.id).order_by(GroupMember.group_id)
    return {
        "name": employee.name,
        "email": employee.email,
        "login": session.scalar(select(UserAccount.login).where(UserAccount.employee_id == employee.id)),
        "roles": list(session.scalars(roles)),
        "groups": list(session.scalars(groups)),
    }


def keep_an_administrator(session: Session, employee_id: int) -> None:
    """Raise ``Rejected`` where this is the last administrator who can sign in."""
    # Two administrators who take each other's rights away at the same moment would leave none.
    take_turns(session, "employee")
    others = (
        select(Employee.id)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .join(Role, Role.id == EmployeeRole.role_id)
        .join(UserAccount, UserAccount.employee_id == Employee.id)
        .where(Role.grants_all.is_(True), Employee.active.is_(True), UserAccount.active.is_(True))
    )
    administrators = set(session.scalars(others))
    if administrators == {employee_id}:
        raise Rejected(message("This is the last administrator who can sign in."))


def _write_roles(session: Session, employee_id: int, keys: Sequence[str]) -> None:
    wanted = set(session.scalars(select(Role.id).where(Role.key.in_(keys)))) if keys else set()
    rows = {row.role_id: row for row in session.scalars(select(EmployeeRole).filter_by(employee_id=employee_id))}
    for role_id in rows.keys() - wanted:
        session.delete(rows[role_id])
    session.add_all(EmployeeRole(employee_id=employee_id, role_id=role_id) for role_id in wanted - rows.keys())
    session.flush()


def _write_groups(session: Session, employee_id: int, group_ids: Sequence[int]) -> None:
    wanted = set(group_ids)
    rows = {row.group_id: row for row in session.scalars(select(GroupMember).filter_by(employee_id=employee_id))}
    for group_id in rows.keys() - wanted:
        session.delete(rows[group_id])
    session.add_all(GroupMember(group_id=group_id, employee_id=employee_id) for group_id in wanted - rows.keys())
    session.flush()
