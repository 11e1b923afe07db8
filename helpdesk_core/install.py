"""What a new desk begins with: the preset's roles, statuses, types and priorities, and categories of companies."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role
from helpdesk_core.configuration.presets import load_preset, preset_words
from helpdesk_core.configuration.services import install_configuration
from helpdesk_core.customers.models import CompanyCategory
from helpdesk_core.db.reference import ReferenceVersion
from helpdesk_core.fields.models import CustomField
from helpdesk_core.plugins.models import PluginSet
from helpdesk_core.statuses.models import Status
from helpdesk_core.tickets.models import Priority, TicketType

__all__ = ["install_defaults", "preset_words"]

_CATEGORIES = (("client", "Client", "#2563eb"), ("partner", "Partner", "#7c3aed"), ("vip", "VIP", "#b45309"))
_PARTS: Final[dict[str, type[Any]]] = {
    "roles": Role,
    "statuses": Status,
    "types": TicketType,
    "priorities": Priority,
    "fields": CustomField,
}


def install_defaults(session: Session) -> None:
    """Add what is missing of a new desk's reference data; safe to run again, what an administrator changed stays.

    A desk that has statuses has its preset; the configuration names the one of a new desk.
    """
    if session.get(ReferenceVersion, 1) is None:
        session.add(ReferenceVersion(id=1, version=1))
        session.flush()
    if session.get(PluginSet, 1) is None:
        session.add(PluginSet(id=1, generation=0))
    begun = session.scalar(select(Status.id).limit(1)) is not None
    empty = {part for part, model in _PARTS.items() if session.scalar(select(model.id).limit(1)) is None}
    if begun:
        empty.discard("fields")
    install_configuration(session, load_preset(current_app.config["HELPDESK_PRESET"]), parts=frozenset(empty))
    if session.scalar(select(CompanyCategory.id).limit(1)) is None:
        session.add_all(
            CompanyCategory(key=f"core.{key}", name=name, colour=colour, position=10 * index)
            for index, (key, name, colour) in enumerate(_CATEGORIES, start=1)
        )
    session.flush()
