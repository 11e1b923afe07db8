"""The customer's last word: he confirms that a ticket is done, or resumes it and says why (OK-042, UR-08).

Solved is what the desk thinks, closed is what the customer says (OK-041). A ticket that waits for him can be confirmed
too: then there is nothing left to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.access.policy import can, require
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.specs import FinishedReply, StatusCategory
from helpdesk_core.customers.models import Contact
from helpdesk_core.mail.last_word import last_word_token
from helpdesk_core.mail.links import external_url
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.tickets.commands import AddComment, TransitionTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.replies import decide_reply
from helpdesk_core.tickets.services import move
from helpdesk_core.tickets.steps import back_to_work, closing_target, open_steps

#: What a customer needs for both: it is something that he says.
_SPEAK: Final = "core:ticket:comment"
_CONFIRMED: Final = frozenset({StatusCategory.SOLVED, StatusCategory.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWord:
    """Where a customer's last word leads; ``None`` where he has none to say."""

    confirm: StatusInfo | None = None
    resume: StatusInfo | None = None

    def __bool__(self) -> bool:
        return self.confirm is not None or self.resume is not None


def last_word(ticket: Ticket, actor: Actor) -> LastWord:
    """What *actor*, a contact, may say about *ticket* as it stands now."""
    if actor.kind is not ActorKind.CONTACT or not can(actor, _SPEAK, ticket):
        return LastWord()
    category = status_catalog().by_key[ticket.status_key].category
    confirm = closing_target(ticket, actor) if category in _CONFIRMED else None
    return LastWord(confirm=confirm, resume=_resumed(ticket, category, actor))


def last_word_url(ticket: Ticket, contact: Contact) -> str | None:
    """The address at which *contact* says it without signing in, for a mail to him and nobody else.

    ``None`` where there is nothing for him to say about the ticket as it stands.
    """
    if not last_word(ticket, Actor(ActorKind.CONTACT, contact.id, contact.name)):
        return None
    return external_url("portal.last_word", signed=last_word_token(ticket.id, contact.id))


def _resumed(ticket: Ticket, category: StatusCategory, actor: Actor) -> StatusInfo | None:
    if category is StatusCategory.SOLVED:
        target = back_to_work(ticket)
    elif category is StatusCategory.CLOSED:
        # He confirmed it, or time did: now it opens again as long as a reply would open it.
        decision, target = decide_reply(ticket, actor)
        target = target if decision is FinishedReply.REOPEN else None
    else:
        return None
    return target if target in open_steps(ticket, actor) else None


def confirm_ticket(session: Session, ticket: Ticket, *, actor: Actor) -> None:
    """Close *ticket* because its customer says that it is done; raises ``Rejected`` where that is not asked."""
    require(actor, _SPEAK, ticket)
    target = last_word(ticket, actor).confirm
    if target is None:
        raise Rejected(message("There is nothing to confirm any more."))
    move(session, ticket, target, actor=actor, command=TransitionTicket(to=target.key, cause="confirmed"))


def resume_ticket(session: Session, ticket: Ticket, reason: str, *, actor: Actor, method: str) -> None:
    """Take *ticket* back to work because its customer says why; raises ``Rejected``, or ``Invalid`` without a reason.

    The reason is his public comment; *method* says how it came.
    """
    require(actor, _SPEAK, ticket)
    target = last_word(ticket, actor).resume
    if target is None:
        raise Rejected(message("This ticket cannot be resumed any more: write to us instead."))
    if not reason.strip():
        raise Invalid({"reason": [message("Say what is still wrong.")]})
    move(session, ticket, target, actor=actor, command=TransitionTicket(to=target.key, cause="resumed"))
    add_comment(session, ticket, AddComment(body=reason, internal=False, registration_method=method), actor=actor)
