"""The three sections that a new knowledge base begins with (OK-153); they can be changed and deleted."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, ActorKind, all_roles
from helpdesk_knowledge_base import gettext as _
from helpdesk_knowledge_base.commands import CreateSection, SetRights
from helpdesk_knowledge_base.models import Right, Section
from helpdesk_knowledge_base.sections import create_section, set_rights

_STAFF: Final = {
    "core.lead": tuple(Right),
    "core.specialist": (Right.VIEW, Right.CREATE),
}
#: Who lays them out: whoever enables the plugin need not be one who may make sections.
_PLUGIN: Final = Actor(ActorKind.PLUGIN, label="knowledge_base")
_CUSTOMER: Final = {"core.contact": (Right.VIEW,)}


def lay_out(session: Session) -> None:
    """Add the sections where there is none at all yet."""
    if session.scalar(select(Section.id).limit(1)) is not None:
        return
    roles = all_roles()
    for position, (name, summary, rights) in enumerate(
        (
            (_("Instructions"), _("How we work: procedures for the team"), _STAFF),
            (_("Articles"), _("Known faults and how they were solved"), _STAFF),
            (_("Questions and answers"), _("What customers ask, answered for them"), _STAFF | _CUSTOMER),
        ),
        start=1,
    ):
        command = CreateSection(name=name, summary=summary, position=10 * position)
        section = create_section(session, command, actor=_PLUGIN)
        grants = frozenset((role.id, right) for role in roles for right in rights.get(role.key, ()))
        set_rights(session, SetRights(section_id=section.id, inherits=False, grants=grants), actor=_PLUGIN)
