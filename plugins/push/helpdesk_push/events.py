"""What this plugin writes into the journal, and what it listens to there."""

from __future__ import annotations

from typing import Final

from helpdesk_core.toolkit import EventSpec

EVENTS: Final = (
    EventSpec(
        name="push.options_changed",
        text="Live pages, their sound or the bell were switched on or off.",
        subject="push.options",
    ),
)

#: What changes a row of a list or a card.
HEARD: Final = (
    "ticket.created",
    "ticket.changed",
    "ticket.transitioned",
    "ticket.linked",
    "ticket.unlinked",
    "comment.added",
    "comment.edited",
    "comment.redacted",
    "comment.made_internal",
)
#: What a reader is told of in words (OK-195): another assignee or status, a new comment.
SPOKEN: Final = ("ticket.changed", "ticket.transitioned", "comment.added")
