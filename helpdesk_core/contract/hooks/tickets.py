"""Hooks about tickets and comments."""

from typing import TYPE_CHECKING

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.markers import contribute, first_result, register, take_part
from helpdesk_core.contract.specs import (
    Assignee,
    CommentDraft,
    Observer,
    RelatedItem,
    TicketChange,
    TicketDraft,
    TicketField,
    TicketWarning,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from helpdesk_core.tickets.models import Comment, Ticket


@register(TicketField)
def helpdesk_register_ticket_fields() -> list[TicketField]:
    """Add fields to tickets: on the form, in the card, the list, the filter and the export.

    Called once at start. Keys begin with the plugin's name and a dot; the data lives in the plugin's own table, so
    the field vanishes with the plugin and the data stays.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@take_part(gathers_invalid=True)
def helpdesk_validate_ticket(session: "Session", draft: TicketDraft, actor: Actor) -> None:
    """Refuse a draft whose fields break a rule.

    Called by ``tickets.services.create_ticket`` inside the transaction, after the core's own validation. Raise
    ``Invalid`` with messages by field: every plugin is asked, and the user sees all messages at once. ``Rejected`` and
    any other error end the command at once and roll back.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_before_ticket_create(session: "Session", draft: TicketDraft, actor: Actor) -> None:
    """Refuse a new ticket before it is written.

    Called by ``tickets.services.create_ticket`` inside the transaction, after validation and the permission check.
    Raise ``Rejected`` to refuse; any other error also rolls back.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_ticket_created(session: "Session", ticket: "Ticket", actor: Actor) -> None:
    """Write the plugin's own rows about a ticket that was just inserted.

    Called by ``tickets.services.create_ticket`` in the same transaction, after the flush and before the journal
    entry. Any error rolls the ticket back. Effects outside the database belong to a subscriber, not here.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_before_ticket_change(session: "Session", ticket: "Ticket", change: TicketChange, actor: Actor) -> None:
    """Refuse a change of a ticket's fields before it is written.

    Called by ``tickets.services.change_ticket`` inside the transaction; *ticket* still has its old values, *change*
    holds only fields that differ. Raise ``Rejected`` to refuse; any other error also rolls back.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_ticket_changed(session: "Session", ticket: "Ticket", change: TicketChange, actor: Actor) -> None:
    """Write the plugin's own rows about a change that was just flushed.

    Called by ``tickets.services.change_ticket`` in the same transaction; *ticket* has its new values. Any error rolls
    the change back.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_before_comment_add(session: "Session", ticket: "Ticket", draft: CommentDraft, actor: Actor) -> None:
    """Refuse a comment before it is written.

    Called by ``tickets.services.add_comment`` inside the transaction, after the permission check. Raise ``Rejected``
    to refuse; any other error also rolls back.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_comment_added(session: "Session", ticket: "Ticket", comment: "Comment", actor: Actor) -> None:
    """Write the plugin's own rows about a comment that was just inserted.

    Called by ``tickets.services.add_comment`` in the same transaction, after the flush. Mind ``comment.internal``:
    what is derived from an internal comment is internal too. Any error rolls the comment back.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_before_ticket_delete(session: "Session", ticket: "Ticket", actor: Actor) -> None:
    """Refuse the deletion of a ticket, or clean up what no foreign key reaches.

    Called by ``tickets.services.delete_ticket`` inside the transaction, after the permission check and before the
    row goes. Raise ``Rejected`` to refuse; any other error also rolls back.

    .. versionadded:: 1.0
    """


@first_result(Assignee)
def helpdesk_suggest_assignee(ticket: "Ticket", actor: Actor) -> Assignee | None:
    """Say who should take a ticket that nobody was chosen for.

    Called by ``tickets.services.create_ticket``. Plugins are asked in load order and the first answer counts;
    ``None`` passes the question on. An error is logged and the next plugin is asked; somebody who cannot be given work
    is not.

    .. versionadded:: 1.0
    """


@take_part(Observer, many=True)
def helpdesk_suggest_observers(session: "Session", ticket: "Ticket") -> list[Observer]:
    """Name people who should follow a new ticket.

    Called by ``tickets.services.create_ticket`` inside the transaction, after the flush. The answers of all plugins
    are joined, without doubles. Any error rolls the ticket back.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@contribute(RelatedItem)
def helpdesk_find_related(ticket: "Ticket", actor: Actor, limit: int) -> list[RelatedItem]:
    """Find things worth seeing beside a ticket, at most *limit*, only such as *actor* may see.

    Called when the card is shown, once per card. Tickets among the answers are asked for once more, in one query. An
    error leaves this plugin's part out.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@contribute(TicketWarning)
def helpdesk_ticket_warnings(draft: TicketDraft, actor: Actor) -> list[TicketWarning]:
    """Tell the author something about the draft that does not forbid it.

    Called while a new ticket is typed and when its form is shown again; nothing of the draft was checked yet. An error
    leaves this plugin's part out.

    .. versionadded:: 1.0
    """
    raise NotImplementedError
