"""Hooks about what happened."""

from helpdesk_core.contract.markers import register
from helpdesk_core.contract.specs import EventSpec


@register(EventSpec)
def helpdesk_register_events() -> list[EventSpec]:
    """Declare the events that the plugin records.

    Called once at start. ``record()`` refuses a name that nobody declared, so that whoever reads the journal, and
    whoever acts on it, can rely on the list in the reference.

    .. versionadded:: 1.0
    """
    raise NotImplementedError
