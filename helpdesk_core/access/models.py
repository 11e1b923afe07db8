"""Roles and what they grant."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model


class Role(Model):
    """A named set of rights; ``grants_all`` is the administrator's, which includes every plugin's rights."""

    __tablename__ = "role"
    __reference__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    is_system: Mapped[bool] = mapped_column(default=False)
    for_contacts: Mapped[bool] = mapped_column(default=False)
    grants_all: Mapped[bool] = mapped_column(default=False)


class RoleGrant(Model):
    """A right of a role; ``reach`` is ``all`` or ``related`` (own tickets and what belongs to them)."""

    __tablename__ = "role_grant"
    __reference__ = True

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(120), primary_key=True)
    reach: Mapped[str] = mapped_column(String(10))


class EmployeeRole(Model):
    """A role of an employee; several roles of one person unite (OK-212)."""

    __tablename__ = "employee_role"
    __reference__ = True

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
