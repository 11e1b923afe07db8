"""The rules that every plugin keeps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from helpdesk_core.testing.conformance import Conformance
from helpdesk_core.toolkit import SYSTEM, StoredFile, utcnow
from helpdesk_knowledge_base.commands import CreateSection, SaveArticle, SetRights
from helpdesk_knowledge_base.models import Article, Right
from helpdesk_knowledge_base.sections import create_section, grantable_roles, set_rights
from helpdesk_knowledge_base.services import save_article


class TestConformance(Conformance):
    plugin = "knowledge_base"

    def fill(self, session: Session, tickets: Sequence[int], count: int) -> None:
        """Sections that inherit from one, each with an article of a ticket, its versions and a file."""
        grants = frozenset((role.id, right) for role in grantable_roles() if not role.for_contacts for right in Right)
        top = create_section(session, CreateSection(name="Top"), actor=SYSTEM)
        set_rights(session, SetRights(section_id=top.id, inherits=False, grants=grants), actor=SYSTEM)
        sections = [top.id]
        for index in range(min(count, 20)):
            part = CreateSection(name=f"Part {index}", parent_id=top.id)
            sections.append(create_section(session, part, actor=SYSTEM).id)
        kept = min(count, 20)  # the first through the services, the rest as rows: a thousand take no minutes then
        for index in range(kept):
            stored = StoredFile(
                name="a.txt", content_type="text/plain", size=1, sha256="0" * 64, stored_name=f"{top.id}x{index}"
            )
            command = SaveArticle(
                section_id=sections[index % len(sections)],
                title=f"Article {index}",
                body="Turn the roll over.",
                publish=True,
                ticket_id=tickets[index % len(tickets)] if tickets else None,
                files=(stored,),
            )
            save_article(session, command, actor=SYSTEM)
        session.add_all(
            Article(
                section_id=sections[index % len(sections)],
                title=f"Article {index}",
                body="Turn the roll over.",
                published_at=utcnow(),
                created_at=utcnow(),
                updated_at=utcnow(),
            )
            for index in range(kept, count)
        )
        session.flush()
