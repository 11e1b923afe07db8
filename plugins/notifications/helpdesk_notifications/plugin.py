"""The manifest and hooks of notices: a line or two each, the work is done next door."""

from __future__ import annotations

from types import ModuleType
from typing import ClassVar

from flask import Flask
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Asset,
    BlueprintSpec,
    EventSpec,
    JobSpec,
    NavItem,
    Permission,
    Plugin,
    PluginContext,
    SlotFill,
    SubscriberSpec,
    hookimpl,
    provide_mail_server,
)
from helpdesk_notifications import deliveries, demonstration, extra, hookspecs, mentioning, queries, views
from helpdesk_notifications import lazy_gettext as _
from helpdesk_notifications.events import EVENTS
from helpdesk_notifications.options import MANAGE, chosen_server


class NotificationsPlugin(Plugin):
    """Mail about tickets to colleagues and customers, and the hooks for channels of others."""

    name = "notifications"
    hookspecs: ClassVar[ModuleType | None] = hookspecs

    def on_demo(self, ctx: PluginContext) -> None:
        """Choose what the demonstration shows."""
        demonstration.fill(ctx.session, actor=ctx.actor)

    @hookimpl
    def helpdesk_setup(self, app: Flask) -> None:
        provide_mail_server(app, chosen_server)

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [
            Permission(
                name=MANAGE,
                label=_("Manage notices"),
                description=_("Who is told what, in which words, from which sender."),
            )
        ]

    @hookimpl
    def helpdesk_register_events(self) -> list[EventSpec]:
        return list(EVENTS)

    @hookimpl
    def helpdesk_register_subscribers(self) -> list[SubscriberSpec]:
        return deliveries.subscribers()

    @hookimpl
    def helpdesk_register_jobs(self) -> list[JobSpec]:
        return deliveries.jobs()

    @hookimpl
    def helpdesk_register_blueprints(self) -> list[BlueprintSpec]:
        return [BlueprintSpec(blueprint=views.bp, url_prefix="/settings/notifications")]

    @hookimpl
    def helpdesk_register_assets(self) -> list[Asset]:
        return [Asset(filename="notifications.css"), Asset(filename="notifications.js")]

    @hookimpl
    def helpdesk_register_nav(self) -> list[NavItem]:
        return [
            NavItem(
                key="notifications.rules",
                label=_("Notices"),
                endpoint="notifications.rules",
                place="settings",
                permission=MANAGE,
                icon="envelope",
            )
        ]

    @hookimpl
    def helpdesk_register_slots(self) -> list[SlotFill]:
        return [
            SlotFill(
                slot="ticket.sidebar",
                template="notifications/slots/ticket_sidebar.html",
                permission="core:desk:use",
                load=queries.failures_beside_ticket,
            ),
            SlotFill(slot="ticket.composer", template="notifications/slots/composer.html", permission="core:desk:use"),
            SlotFill(
                slot="ticket.main",
                template="notifications/slots/mention_dialog.html",
                permission="core:desk:use",
                load=mentioning.beside_the_reply,
            ),
            SlotFill(
                slot="contact.card",
                template="notifications/slots/contact_card.html",
                permission="core:customer:read",
                load=extra.on_contact_card,
            ),
        ]

    @hookimpl
    def helpdesk_forget_user(self, session: Session, user_id: int) -> None:
        queries.forget_contact(session, user_id)
