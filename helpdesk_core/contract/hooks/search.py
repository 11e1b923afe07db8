"""Hooks about finding tickets."""

from helpdesk_core.contract.markers import register
from helpdesk_core.contract.specs import TicketFilter


@register(TicketFilter)
def helpdesk_register_ticket_filters() -> list[TicketFilter]:
    """Add filters to the ticket list.

    Called once at start. Keys begin with the plugin's name and a dot. A filter may only narrow the list: what is
    visible is decided by the policy.

    .. versionadded:: 1.0
    """
    raise NotImplementedError
