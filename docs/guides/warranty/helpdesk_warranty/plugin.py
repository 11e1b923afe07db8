"""What the plugin brings; a line or two each, the work is done in the other modules."""

from __future__ import annotations

from helpdesk_core.toolkit import (
    BlueprintSpec,
    JobSpec,
    NavItem,
    Permission,
    Plugin,
    SlotFill,
    TicketField,
    hookimpl,
)
from helpdesk_warranty import fields, jobs, queries, views
from helpdesk_warranty import lazy_gettext as _
from helpdesk_warranty.fields import WRITE
from helpdesk_warranty.settings import WarrantySettings
from helpdesk_warranty.views import READ


class WarrantyPlugin(Plugin):
    """Until when things are under warranty."""

    name = "warranty"  # the rest of the manifest stands in helpdesk-plugin.toml
    settings = WarrantySettings

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [
            Permission(name=READ, label=_("See warranties"), roles=("core.lead", "core.specialist")),
            Permission(name=WRITE, label=_("Set warranties"), roles=("core.lead",)),
        ]

    @hookimpl
    def helpdesk_register_ticket_fields(self) -> list[TicketField]:
        return [fields.ends_on()]

    @hookimpl
    def helpdesk_register_blueprints(self) -> list[BlueprintSpec]:
        return [BlueprintSpec(blueprint=views.make_blueprint())]

    @hookimpl
    def helpdesk_register_nav(self) -> list[NavItem]:
        return [
            NavItem(
                key="warranty.index",
                label=_("Warranties"),
                endpoint="warranty.index",
                permission=READ,
                icon="shield-check",
            )
        ]

    @hookimpl
    def helpdesk_register_slots(self) -> list[SlotFill]:
        template = "warranty/slots/ticket_header.html"
        return [SlotFill(slot="ticket.header", template=template, permission=READ, load=queries.sidebar)]

    @hookimpl
    def helpdesk_register_jobs(self) -> list[JobSpec]:
        return [jobs.remind()]
