"""What this plugin writes into the journal."""

from __future__ import annotations

from typing import Final

from helpdesk_core.toolkit import EventSpec

EVENTS: Final = (
    EventSpec(
        name="notifications.rules_changed",
        text="Notices were switched on or off.",
        subject="notifications.rules",
    ),
    EventSpec(
        name="notifications.wording_changed",
        text="The words of a notice were changed, or given back to the plugin.",
        subject="notifications.wording",
        fields=("notice", "own"),
    ),
    EventSpec(
        name="notifications.extra_changed",
        text="A contact's notices go to other further addresses.",
        subject="contact",
        fields=("addresses",),
    ),
    EventSpec(
        name="notifications.options_changed",
        text="The sender, the copies, the digest or the design were changed.",
        subject="notifications.options",
    ),
)
