"""The hooks that this plugin offers to others; implement them with ``@hookimpl(optionalhook=True)``."""

from typing import TYPE_CHECKING

from helpdesk_core.toolkit import JournalEvent, Ticket, contribute
from helpdesk_notifications.api import Channel, Recipient

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@contribute(Channel)
def helpdesk_notifications_channels() -> list[Channel]:
    """Offer further ways to reach people beside mail.

    Called for each event that is told, and for each message that is sent.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@contribute(Recipient)
def helpdesk_notifications_recipients(session: "Session", event: JournalEvent, ticket: Ticket) -> list[Recipient]:
    """Name further people to tell of an event.

    Called inside the transaction that writes the notices. The site's choices and the rights of each recipient count
    for them as for all others.

    .. versionadded:: 1.0
    """
    raise NotImplementedError
