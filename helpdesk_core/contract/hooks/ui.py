"""Hooks about pages: blueprints, menus, slots and actions."""

from typing import TYPE_CHECKING

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.markers import contribute, register
from helpdesk_core.contract.specs import Asset, BlueprintSpec, NavItem, SlotFill, TicketAction

if TYPE_CHECKING:
    from helpdesk_core.tickets.models import Ticket


@register(BlueprintSpec)
def helpdesk_register_blueprints() -> list[BlueprintSpec]:
    """Bring the plugin's pages.

    Called once at start. The blueprint is named after the plugin and lives under ``/<plugin>`` (or
    ``/settings/<plugin>``); make it inside this call, for several apps live in one process.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(NavItem)
def helpdesk_register_nav() -> list[NavItem]:
    """Add menu entries.

    Called once at start. An entry is shown to those who hold its permission, sorted by ``order`` and then by key.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(SlotFill)
def helpdesk_register_slots() -> list[SlotFill]:
    """Fill named places of the core's pages.

    Called once at start. The template stands in the plugin's own folder; the core checks the permission, calls
    ``load`` and skips the fill when anything in it fails.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(Asset)
def helpdesk_register_assets() -> list[Asset]:
    """Load stylesheets and scripts of the plugin in every page.

    Called once at start. The file stands in the plugin's ``static`` folder, which its blueprint serves; the content
    security policy allows nothing inline and nothing from elsewhere.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@contribute(TicketAction)
def helpdesk_ticket_actions(ticket: "Ticket", actor: Actor) -> list[TicketAction]:
    """Offer actions in the ticket's menu.

    Called when the card is shown, once per card. The core leaves out actions whose permission *actor* lacks; the
    endpoint checks again. An error leaves this plugin's part out.

    .. versionadded:: 1.0
    """
    raise NotImplementedError
