"""The manifest and hooks of live pages: a line or two each, the work is done next door."""

from __future__ import annotations

from flask import Flask

from helpdesk_core.toolkit import (
    Asset,
    BlueprintSpec,
    EventSpec,
    HealthFinding,
    ListenerSpec,
    NavItem,
    Permission,
    Plugin,
    SlotFill,
    hookimpl,
    when_stopping,
)
from helpdesk_push import health, pages, views
from helpdesk_push import lazy_gettext as _
from helpdesk_push.events import EVENTS, HEARD
from helpdesk_push.options import MANAGE
from helpdesk_push.switchboard import EXTENSION, Switchboard, hear


class PushPlugin(Plugin):
    """Who has a list or a ticket open hears at once of what happens there, and nobody else."""

    name = "push"

    @hookimpl
    def helpdesk_setup(self, app: Flask) -> None:
        board = app.extensions[EXTENSION] = Switchboard(app)
        pages.install_moment(app)
        when_stopping(app, board.stop)

    @hookimpl
    def helpdesk_check_health(self, app: Flask) -> list[HealthFinding]:
        return list(health.findings(app))

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [
            Permission(
                name=MANAGE,
                label=_("Manage live pages"),
                description=_("Switch live pages, their sound and the dispatchers' bell on and off."),
            )
        ]

    @hookimpl
    def helpdesk_register_events(self) -> list[EventSpec]:
        return list(EVENTS)

    @hookimpl
    def helpdesk_register_listeners(self) -> list[ListenerSpec]:
        return [ListenerSpec(name="push.pages", events=HEARD, hear=hear)]

    @hookimpl
    def helpdesk_register_blueprints(self) -> list[BlueprintSpec]:
        return [
            BlueprintSpec(blueprint=views.bp),
            BlueprintSpec(blueprint=views.settings_bp, url_prefix="/settings/push"),
        ]

    @hookimpl
    def helpdesk_register_assets(self) -> list[Asset]:
        return [Asset(filename="push.css"), Asset(filename="socket.js"), Asset(filename="fresh.js"),
                Asset(filename="push.js")]  # fmt: skip

    @hookimpl
    def helpdesk_register_nav(self) -> list[NavItem]:
        return [
            NavItem(
                key="push.options",
                label=_("Live pages"),
                endpoint="push_settings.options",
                place="settings",
                permission=MANAGE,
                icon="broadcast",
            )
        ]

    @hookimpl
    def helpdesk_register_slots(self) -> list[SlotFill]:
        template = "push/slots/header.html"
        return [
            SlotFill(slot="shell.topbar", template=template, load=pages.page_data),
            SlotFill(slot="portal.nav", template=template, load=pages.page_data),
            SlotFill(slot="ticket.main", template="push/slots/answering.html", permission="core:desk:use"),
        ]
