"""The knowledge base's manifest and hooks: a line or two each, the work is done next door."""

from __future__ import annotations

from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    Asset,
    BlueprintSpec,
    EventSpec,
    NavItem,
    Permission,
    Plugin,
    PluginContext,
    Searchable,
    SlotFill,
    Ticket,
    TicketAction,
    discard_files,
    hookimpl,
)
from helpdesk_knowledge_base import access, answers, demonstration, queries, services, starting, views
from helpdesk_knowledge_base import lazy_gettext as _
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

    def on_purge(self, ctx: PluginContext) -> None:
        """Delete the articles' files, which no migration reaches."""
        discard_files(services.stored_names(ctx.session))

    def on_demo(self, ctx: PluginContext) -> None:
        """Add articles in three languages to the demonstration."""
        demonstration.fill(ctx.session, actor=ctx.actor)

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [
            Permission(
                name=access.USE,
                label=_("Use the knowledge base"),
                description=_("What is seen in it depends on the rights of its sections."),
                roles=("core.lead", "core.specialist"),
            ),
            Permission(
                name=access.MANAGE,
                label=_("Manage the whole knowledge base"),
                description=_("Holds every right in every section."),
            ),
        ]

    @hookimpl
    def helpdesk_register_events(self) -> list[EventSpec]:
        return list(EVENTS)

    @hookimpl
    def helpdesk_register_searchables(self) -> list[Searchable]:
        return [Searchable(kind=KIND, label=_("Articles"), visible=queries.visible_ids, url=queries.article_url)]

    @hookimpl
    def helpdesk_register_blueprints(self) -> list[BlueprintSpec]:
        return [BlueprintSpec(blueprint=views.bp)]

    @hookimpl
    def helpdesk_register_assets(self) -> list[Asset]:
        return [Asset(filename="knowledge_base.css"), Asset(filename="knowledge_base.js")]

    @hookimpl
    def helpdesk_register_nav(self) -> list[NavItem]:
        label, page = _("Knowledge base"), "knowledge_base.index"
        return [
            NavItem(key="knowledge_base.desk", label=label, endpoint=page, permission=access.USE, icon="journal-text"),
            NavItem(key="knowledge_base.portal", label=label, endpoint=page, place="portal"),
        ]

    @hookimpl
    def helpdesk_register_slots(self) -> list[SlotFill]:
        slots = "knowledge_base/slots"
        return [
            SlotFill(
                slot="ticket.sidebar",
                template=f"{slots}/ticket_sidebar.html",
                permission=access.USE,
                load=answers.beside_ticket,
            ),
            SlotFill(slot="portal.list", template=f"{slots}/portal_list.html"),
            SlotFill(slot="portal.form", template=f"{slots}/portal_form.html"),
        ]

    @hookimpl
    def helpdesk_ticket_actions(self, ticket: Ticket, actor: Actor) -> list[TicketAction]:
        return answers.actions(ticket, actor)

    @hookimpl
    def helpdesk_forget_user(self, session: Session, user_id: int) -> None:
        services.forget_contact(session, user_id)
