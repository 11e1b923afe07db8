"""What can be asked of employees, groups and logins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEmployee:
    """A new employee; without a login he is a record only. ``password_hash`` spares hashing in the transaction."""

    name: str
    email: str | None = None
    login: str | None = None
    password: str | None = None
    password_hash: str | None = None
    role_keys: tuple[str, ...] = ()
    group_ids: tuple[int, ...] = ()
    timezone: str = "UTC"
    language: str = "en"
    phone: str | None = None
    position: str | None = None
    active: bool = True
    external_id: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateEmployee:
    """All that the edit form holds; an empty login takes the login away."""

    name: str
    email: str | None = None
    login: str | None = None
    role_keys: tuple[str, ...] = ()
    group_ids: tuple[int, ...] = ()
    timezone: str = "UTC"
    language: str = "en"
    phone: str | None = None
    position: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProfile:
    """What everybody may change of himself."""

    timezone: str
    language: str
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Who takes the tickets of an employee that leaves: a person, a group or both."""

    employee_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupValues:
    """A group as its form holds it; ``notify_ids`` are the members who get its notifications (OK-065)."""

    name: str
    description: str = ""
    hidden: bool = False
    member_ids: tuple[int, ...] = ()
    notify_ids: tuple[int, ...] | None = None


CreateGroup = GroupValues
UpdateGroup = GroupValues
