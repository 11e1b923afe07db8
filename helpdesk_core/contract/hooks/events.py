"""Hooks about what happened."""

from helpdesk_core.contract.markers import register
from helpdesk_core.contract.specs import EventSpec, ListenerSpec, SubscriberSpec


@register(EventSpec)
def helpdesk_register_events() -> list[EventSpec]:
    """Declare the events that the plugin records.

    Called once at start. ``record()`` refuses a name that nobody declared, so that whoever reads the journal, and
    whoever acts on it, can rely on the list in the reference.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(SubscriberSpec)
def helpdesk_register_subscribers() -> list[SubscriberSpec]:
    """Hear of events after they were committed.

    Called once at start. A delivery is a job that is written in the transaction of the event: nothing is lost when a
    process dies, and nothing is delivered of what was rolled back.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(ListenerSpec)
def helpdesk_register_listeners() -> list[ListenerSpec]:
    """Hear of events at once, in the process that committed them.

    Called once at start. Listeners are for what is worthless later, such as telling open pages; an error in one is
    logged and counted, and neither the change nor the other listeners notice. A process that dies after the commit
    tells nobody: the journal stays the truth, and whoever listens must be able to read it from the last event known.

    .. versionadded:: 1.0
    """
    raise NotImplementedError
