"""Functional groups: an employee may be in several (OK-217)."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.contract.messages import message
from helpdesk_core.db.turns import take_turns
from helpdesk_core.events.journal import record
from helpdesk_core.tickets.models import Ticket, TicketObserver
from helpdesk_core.users.commands import GroupValues
from helpdesk_core.users.models import Employee, Group, GroupMember
from helpdesk_core.users.rules import Problems


def create_group(session: Session, command: GroupValues, *, actor: Actor) -> Group:
    """Add a group; raises ``Forbidden`` or ``Invalid``."""
    require(actor, "core:group:manage")
    _check(session, command, None)
    group = Group(name=command.name.strip(), description=command.description.strip(), hidden=command.hidden)
    session.add(group)
    session.flush()
    _write_members(session, group.id, command)
    record(
        session,
        "group.created",
        actor=actor,
        subject_kind="group",
        subject_id=group.id,
        after={"name": group.name, "members": sorted(command.member_ids)},
    )
    return group


def update_group(session: Session, group: Group, command: GroupValues, *, actor: Actor) -> Group:
    """Change a group's name, visibility and members; raises ``Forbidden`` or ``Invalid``."""
    require(actor, "core:group:manage")
    _check(session, command, group.id)
    before = {"name": group.name, "hidden": group.hidden, "members": _members(session, group.id)}
    group.name, group.description = command.name.strip(), command.description.strip()
    group.hidden = command.hidden
    _write_members(session, group.id, command)
    session.flush()
    after = {"name": group.name, "hidden": group.hidden, "members": sorted(command.member_ids)}
    record(session, "group.changed", actor=actor, subject_kind="group", subject_id=group.id, before=before, after=after)
    return group


def delete_or_hide(session: Session, group: Group, *, actor: Actor) -> bool:
    """Delete a group that no ticket names, hide any other (OK-218); true when it is gone."""
    require(actor, "core:group:manage")
    used = session.scalar(
        select(
            or_(
                select(Ticket.id).where(Ticket.group_id == group.id).exists(),
                select(TicketObserver.id).where(TicketObserver.group_id == group.id).exists(),
            )
        )
    )
    name = "group.hidden" if used else "group.deleted"
    record(session, name, actor=actor, subject_kind="group", subject_id=group.id, before={"name": group.name})
    if used:
        group.hidden = True
    else:
        session.delete(group)
    session.flush()
    return not used


def get_group(session: Session, group_id: int) -> Group:
    """The group; raises ``NotFound``."""
    group = session.get(Group, group_id)
    if group is None:
        raise NotFound("group")
    return group


def _check(session: Session, command: GroupValues, group_id: int | None) -> None:
    take_turns(session, "employee_group")
    problems = Problems()
    problems.text("name", command.name, 120, required=True)
    problems.text("description", command.description, 500, lines=True)
    # Compared here: lower() of SQLite knows ASCII only.
    names = session.execute(select(Group.id, Group.name))
    if any(row.name.casefold() == command.name.strip().casefold() for row in names if row.id != group_id):
        problems.add("name", message("There is a group of this name."))
    wanted = set(command.member_ids)
    if wanted:
        known = set(session.scalars(select(Employee.id).where(Employee.id.in_(wanted))))
        if known != wanted:
            problems.add("member_ids", message("There is no such employee."))
    problems.raise_if_any()


def _members(session: Session, group_id: int) -> list[int]:
    return sorted(session.scalars(select(GroupMember.employee_id).where(GroupMember.group_id == group_id)))


def _write_members(session: Session, group_id: int, command: GroupValues) -> None:
    wanted = set(command.member_ids)
    notified = wanted if command.notify_ids is None else wanted & set(command.notify_ids)
    rows = {
        row.employee_id: row for row in session.scalars(select(GroupMember).where(GroupMember.group_id == group_id))
    }
    for employee_id, row in rows.items():
        if employee_id not in wanted:
            session.delete(row)
        else:
            row.notify = employee_id in notified
    session.add_all(
        GroupMember(group_id=group_id, employee_id=employee_id, notify=employee_id in notified)
        for employee_id in sorted(wanted - rows.keys())
    )
    session.flush()
