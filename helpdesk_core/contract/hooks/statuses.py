"""Hooks about statuses and the steps between them."""

from typing import TYPE_CHECKING

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.markers import first_result, register, take_part
from helpdesk_core.contract.specs import CustomerReply, FinishedReply, StatusSpec, Transition, TransitionSpec

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from helpdesk_core.tickets.models import Ticket


@register(StatusSpec)
def helpdesk_register_statuses() -> list[StatusSpec]:
    """Bring statuses of the plugin's own.

    Called once at start; ``helpdesk db upgrade`` and enabling the plugin write what is new. Keys begin with the
    plugin's name and a dot and never change; labels may be renamed by the site. While the plugin is off, tickets keep
    such a status and no ticket is moved there.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(TransitionSpec)
def helpdesk_register_transitions() -> list[TransitionSpec]:
    """Allow further steps between statuses.

    Called once at start; a step is written together with the plugin's status at one of its ends. From then on the
    site's matrix decides whether the step is on.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@take_part()
def helpdesk_before_transition(session: "Session", ticket: "Ticket", transition: Transition, actor: Actor) -> None:
    """Refuse a status change before it is written.

    Called by ``tickets.services.transition_ticket`` inside the transaction, after the permission check. Raise
    ``Rejected`` to refuse; any other error also rolls back.

    .. versionadded:: 1.0
    """


@take_part()
def helpdesk_ticket_transitioned(session: "Session", ticket: "Ticket", transition: Transition, actor: Actor) -> None:
    """Write the plugin's own rows about a status change that was just flushed.

    Called by ``tickets.services.transition_ticket`` in the same transaction; *ticket* has its new status. Any error
    rolls the change back.

    .. versionadded:: 1.0
    """


@first_result(FinishedReply)
def helpdesk_reply_to_finished_ticket(ticket: "Ticket", actor: Actor) -> FinishedReply | None:
    """Decide what a customer's reply does to a ticket that is already solved or closed.

    Called by ``tickets.comments.add_comment``, and where a customer may resume a closed ticket. The first answer in
    load order counts; when every plugin passes, the desk's own policy decides. ``REOPEN`` becomes a new ticket where no
    step leads back to work, and a new ticket becomes ``KEEP`` for who may not create one. An error is logged and the
    next plugin is asked.

    .. versionadded:: 1.0
    """


@first_result(CustomerReply)
def helpdesk_customer_replied(ticket: "Ticket", actor: Actor) -> CustomerReply | None:
    """Decide what a customer's reply does to a ticket that is not finished.

    Called by ``tickets.comments.add_comment`` before the reply is written. The first answer in load order counts, and
    replaces the built-in rule, which lets a ticket of the category ``waiting`` go back to work; when every plugin
    passes, that rule decides. An answer that is no step of the ticket, or that asks until when, is logged and counts
    as none. An error is logged and the next plugin is asked.

    .. versionadded:: 1.0
    """
