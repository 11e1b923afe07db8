"""What a new desk begins with: roles, statuses, priorities, types, categories. Safe to run again."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.access.permissions import ADMINISTRATOR, CONTACT, DEFAULT_GRANTS, LEAD, SPECIALIST
from helpdesk_core.customers.models import CompanyCategory
from helpdesk_core.db.reference import ReferenceVersion
from helpdesk_core.plugins.models import PluginSet
from helpdesk_core.statuses.models import Status, StatusTransition
from helpdesk_core.tickets.models import Priority, TicketType

_ROLES = (
    (ADMINISTRATOR, "Administrator"),
    (LEAD, "Lead specialist"),
    (SPECIALIST, "Specialist"),
    (CONTACT, "Contact"),
)

# The preset "service_desk" (OK-032..036): key, label, category, background, foreground, targets, finish_target.
_STATUSES = (
    ("open", "Open", "open", "#dbeafe", "#1e3a8a", ("postponed", "resolved"), "resolved"),
    ("postponed", "Postponed", "paused", "#fef3c7", "#713f12", ("open", "resolved"), "resolved"),
    ("resolved", "Resolved", "solved", "#dcfce7", "#14532d", ("closed", "open"), "closed"),
    ("closed", "Closed", "closed", "#e5e7eb", "#374151", (), None),
)

_PRIORITIES = (
    ("critical", "Critical", 10, "#dc2626"),
    ("high", "High", 20, "#ea580c"),
    ("normal", "Normal", 30, "#2563eb"),
    ("low", "Low", 40, "#64748b"),
)

_TYPES = (
    ("incident", "Incident", False),
    ("request", "Service request", False),
    ("consultation", "Consultation", False),
    ("internal", "Internal", True),
)

_CATEGORIES = (("client", "Client", "#2563eb"), ("partner", "Partner", "#7c3aed"), ("vip", "VIP", "#b45309"))


def preset_words() -> Iterator[tuple[str, str, str]]:
    """Context, key and English text of the words a new desk begins with: catalogs translate them by their keys."""
    for name, label, *_ in _STATUSES:
        yield "status", f"service_desk.{name}", label
    for key, name in _ROLES:
        yield "role", key, name


def install_defaults(session: Session) -> None:
    """Add what is missing of a new desk's reference data; what an administrator changed stays."""
    if session.get(ReferenceVersion, 1) is None:
        session.add(ReferenceVersion(id=1, version=1))
        session.flush()
    if session.get(PluginSet, 1) is None:
        session.add(PluginSet(id=1, generation=0))
    if session.scalar(select(Role.id).limit(1)) is None:
        for key, name in _ROLES:
            role = Role(
                key=key, name=name, is_system=True, for_contacts=key == CONTACT, grants_all=key == ADMINISTRATOR
            )
            session.add(role)
            session.flush()
            session.add_all(
                RoleGrant(role_id=role.id, permission=permission, reach=reach)
                for permission, reach in DEFAULT_GRANTS[key]
            )
    if session.scalar(select(Status.id).limit(1)) is None:
        _install_statuses(session)
    if session.scalar(select(Priority.id).limit(1)) is None:
        session.add_all(
            Priority(key=f"core.{key}", name=name, rank=rank, colour=colour, is_default=key == "normal")
            for key, name, rank, colour in _PRIORITIES
        )
    if session.scalar(select(TicketType.id).limit(1)) is None:
        session.add_all(
            TicketType(key=f"core.{key}", name=name, internal=internal, position=10 * index)
            for index, (key, name, internal) in enumerate(_TYPES, start=1)
        )
    if session.scalar(select(CompanyCategory.id).limit(1)) is None:
        session.add_all(
            CompanyCategory(key=f"core.{key}", name=name, colour=colour, position=10 * index)
            for index, (key, name, colour) in enumerate(_CATEGORIES, start=1)
        )
    session.flush()


def _install_statuses(session: Session) -> None:
    for index, (name, label, category, background, foreground, _, finish) in enumerate(_STATUSES, start=1):
        session.add(
            Status(
                key=f"service_desk.{name}",
                label=label,
                category=category,
                is_system=True,
                is_default=name == "open",
                final=name == "closed",
                pauses_sla=name == "postponed",
                requires_until=name == "postponed",
                finish_target=f"service_desk.{finish}" if finish else None,
                background=background,
                foreground=foreground,
                position=10 * index,
            )
        )
    session.flush()
    session.add_all(
        StatusTransition(source=f"service_desk.{name}", target=f"service_desk.{target}")
        for name, _, _, _, _, targets, _ in _STATUSES
        for target in targets
    )
