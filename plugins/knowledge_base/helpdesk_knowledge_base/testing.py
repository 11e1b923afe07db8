"""Sections and articles for tests, of this plugin and of those that use it; committed for real, as the system."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk_core.toolkit import SYSTEM, Actor, all_roles, reading, unit_of_work
from helpdesk_knowledge_base.commands import CreateSection, Grant, SaveArticle, SetRights
from helpdesk_knowledge_base.models import Right
from helpdesk_knowledge_base.sections import create_section, set_rights
from helpdesk_knowledge_base.services import save_article

Rights = tuple[Right, ...]


class Shelf:
    """Builds a knowledge base in the database of the current app."""

    def role_id(self, role: str) -> int:
        """The id of a role of the core: ``lead``, ``specialist``, ``contact``."""
        with reading():
            return next(one.id for one in all_roles() if one.key == f"core.{role}")

    def grants(self, **rights: Rights) -> frozenset[Grant]:
        """Rights by role, as the command takes them."""
        return frozenset((self.role_id(role), right) for role, held in rights.items() for right in held)

    def section(self, name: str = "Manuals", parent: int | None = None, **rights: Rights) -> int:
        """Add a section; without *rights* (``lead=tuple(Right)``) it inherits, where it has a parent."""
        with unit_of_work() as session:
            command = CreateSection(name=name, parent_id=parent, inherits=not rights)
            section_id = create_section(session, command, actor=SYSTEM).id
        if rights:
            self._set(section_id, SYSTEM, rights)
        return section_id

    def grant(self, section_id: int, actor: Actor = SYSTEM, **rights: Rights) -> None:
        """Give the section rights of its own: these and no others."""
        self._set(section_id, actor, rights)

    def _set(self, section_id: int, actor: Actor, rights: Mapping[str, Rights]) -> None:
        grants = self.grants(**rights)
        with unit_of_work() as session:
            set_rights(session, SetRights(section_id=section_id, inherits=False, grants=grants), actor=actor)

    def article(
        self,
        section_id: int,
        title: str = "Paper jam",
        body: str = "Open the cover.",
        *,
        publish: bool = True,
        actor: Actor = SYSTEM,
    ) -> int:
        """Write an article; returns its id."""
        with unit_of_work() as session:
            command = SaveArticle(section_id=section_id, title=title, body=body, publish=publish)
            return save_article(session, command, actor=actor).id
