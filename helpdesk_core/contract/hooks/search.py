"""Hooks about finding tickets and other things."""

from helpdesk_core.contract.markers import register
from helpdesk_core.contract.specs import Searchable, TicketFilter


@register(TicketFilter)
def helpdesk_register_ticket_filters() -> list[TicketFilter]:
    """Add filters to the ticket list.

    Called once at start. Keys begin with the plugin's name and a dot. A filter may only narrow the list: what is
    visible is decided by the policy.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(Searchable)
def helpdesk_register_searchables() -> list[Searchable]:
    """Let the plugin's own things be found by their words.

    Called once at start. Write the words with ``index_item`` in the transaction that writes the thing; the search
    shows its hits beside the tickets, each reader those that ``visible`` lets through.

    .. versionadded:: 1.0
    """
    raise NotImplementedError
