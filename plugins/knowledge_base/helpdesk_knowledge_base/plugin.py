"""The knowledge base's manifest and hooks: a line or two each, the work is done next door."""

from __future__ import annotations

from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    EventSpec,
    Permission,
    Plugin,
    PluginContext,
    Searchable,
    hookimpl,
)
from helpdesk_knowledge_base import access, queries, services, starting
from helpdesk_knowledge_base.events import EVENTS
from helpdesk_knowledge_base.index import KIND
from helpdesk_knowledge_base.settings import KnowledgeBaseSettings


class KnowledgeBasePlugin(Plugin):
    """Articles in sections with rights by role, for staff and for customers, beside every ticket."""

    name = "knowledge_base"
    settings = KnowledgeBaseSettings

    def on_enable(self, ctx: PluginContext) -> None:
        """Lay out the three sections that a new knowledge base begins with (OK-153)."""
        starting.lay_out(ctx.session)

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [
            Permission(
                name=access.USE,
                label="Use the knowledge base",
                description="What is seen in it depends on the rights of its sections.",
                roles=("core.lead", "core.specialist"),
            ),
            Permission(
                name=access.MANAGE,
                label="Manage the whole knowledge base",
                description="Holds every right in every section.",
            ),
        ]

    @hookimpl
    def helpdesk_register_events(self) -> list[EventSpec]:
        return list(EVENTS)

    @hookimpl
    def helpdesk_register_searchables(self) -> list[Searchable]:
        return [Searchable(kind=KIND, label="Articles", visible=queries.visible_ids, url=queries.article_url)]

    @hookimpl
    def helpdesk_forget_user(self, session: Session, user_id: int) -> None:
        services.forget_contact(session, user_id)
