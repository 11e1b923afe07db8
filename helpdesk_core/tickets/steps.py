"""Which steps a ticket may take, and which of them a person may take (OK-032..037, OK-216, PY-26, PY-34).

The matrix says which steps there are, the ticket's type which statuses it knows; a right narrows single steps, and a
role may be denied others. Every surface asks here: the card, the list, the customer's pages, mails and jobs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from helpdesk_core.access.policy import TRUSTED, holds, roles_of
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Forbidden, Invalid, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.types import utcnow
from helpdesk_core.i18n.terms import term
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.models import Ticket

TRANSITION: Final = "core:ticket:transition"
#: A ticket that is put aside for longer is forgotten; a year that was mistyped is found out.
LONGEST: Final = timedelta(days=5 * 366)
#: Where work goes on, the best first.
_WORK: Final = (StatusCategory.OPEN, StatusCategory.NEW, StatusCategory.WAITING, StatusCategory.PAUSED)


def steps_of(ticket: Ticket) -> tuple[StatusInfo, ...]:
    """The statuses that *ticket* may go to, whoever asks: those of the matrix that its type knows (PY-34).

    A ticket that stands outside of its type's statuses, because its type or they were changed, and that finds no step
    back, may go to the default status.
    """
    catalog = status_catalog()
    kind = ticket_catalog().types.get(ticket.type_id or 0)
    targets = catalog.targets(ticket.status_key)
    if kind is None:
        return targets
    known = tuple(target for target in targets if kind.offers(target.key))
    source = catalog.by_key[ticket.status_key]
    if known or source.final or kind.offers(source.key):
        return known
    return (catalog.default,)


def open_steps(ticket: Ticket, actor: Actor) -> tuple[StatusInfo, ...]:
    """Those of the ticket's steps that *actor* may take; whether he may move this ticket at all is not asked here."""
    return tuple(target for target in steps_of(ticket) if _refusal(ticket, target, actor) is None)


def require_step(ticket: Ticket, target: StatusInfo, actor: Actor) -> None:
    """Return when *actor* may take the step; raises ``Rejected`` where there is none, ``Forbidden`` where not for him.

    Programs of the desk itself are stopped by the matrix, not by rights.
    """
    source = status_catalog().by_key[ticket.status_key]
    if source.final:
        raise Rejected(message("“%(status)s” is final: it is never left.", status=named(source)))
    if target not in steps_of(ticket):
        raise Rejected(_no_step(ticket, source, target))
    refusal = _refusal(ticket, target, actor)
    if refusal is not None:
        raise refusal


def _no_step(ticket: Ticket, source: StatusInfo, target: StatusInfo) -> str:
    kind = ticket_catalog().types.get(ticket.type_id or 0)
    if kind is not None and not kind.offers(target.key) and target in status_catalog().targets(source.key):
        return message("Tickets of the type “%(type)s” have no status “%(target)s”.", type=kind.label,
                       target=named(target))  # fmt: skip
    return message("There is no step from “%(source)s” to “%(target)s”.", source=named(source), target=named(target))


def _refusal(ticket: Ticket, target: StatusInfo, actor: Actor) -> Forbidden | Rejected | None:
    if actor.kind in TRUSTED:
        return None
    catalog = status_catalog()
    right = catalog.steps.get(ticket.status_key, {}).get(target.key)
    if right is not None and not holds(actor, right):
        return Forbidden(right)
    if not _role_allows(actor, catalog.denied.get((ticket.status_key, target.key), frozenset())):
        source = catalog.by_key[ticket.status_key]
        return Rejected(
            message("Your role may not go from “%(source)s” to “%(target)s”.", source=named(source),
                    target=named(target))
        )  # fmt: skip
    return None


def _role_allows(actor: Actor, barred: frozenset[int]) -> bool:
    """Whether one of the person's roles that let him move tickets is not barred: several roles unite (OK-212)."""
    if not barred:
        return True
    roles = roles_of(actor)
    moving = [role for role in roles if role.grants_all or TRANSITION in role.grants] or roles
    return any(role.grants_all or role.id not in barred for role in moving)


def finish_target(ticket: Ticket, actor: Actor) -> StatusInfo | None:
    """Where "Send and finish" leads *actor*; ``None`` where there is nothing to finish to, or not for him (PY-26).

    Where the ticket's type does not know the status' own target, the first finished status that it does know.
    """
    catalog = status_catalog()
    kind = ticket_catalog().types.get(ticket.type_id or 0)
    wanted = catalog.by_key[ticket.status_key].finish_target
    steps = [step for step in open_steps(ticket, actor) if not step.requires_until]
    if wanted is None:
        return None
    found = next((step for step in steps if step.key == wanted), None)
    if found is None and kind is not None and not kind.offers(wanted):
        found = next((step for step in steps if step.finished), None)
    return found


def back_to_work(ticket: Ticket) -> StatusInfo | None:
    """Where *ticket* goes when work on it resumes: an open status before a new one, in their order; or ``None``.

    Never one that asks until when: nobody is there to say it.
    """
    steps = [step for step in steps_of(ticket) if not step.finished and not step.requires_until]
    return min(steps, key=lambda step: _WORK.index(step.category), default=None)


def closing_target(ticket: Ticket, actor: Actor) -> StatusInfo | None:
    """Where *ticket* goes when it is closed: its finish target where that closes, else the first step that does."""
    closing = [step for step in open_steps(ticket, actor) if step.category is StatusCategory.CLOSED]
    wanted = status_catalog().by_key[ticket.status_key].finish_target
    return next((step for step in closing if step.key == wanted), closing[0] if closing else None)


def check_until(until_at: datetime | None) -> None:
    """Raise ``Invalid`` unless *until_at* is a moment in the future that somebody may still remember (OK-039)."""
    now = utcnow()
    if until_at is None or until_at <= now:
        raise Invalid({"until_at": [message("Say until when: a time in the future.")]})
    if until_at > now + LONGEST:
        raise Invalid({"until_at": [message("At most five years from now.")]})


def named(status: StatusInfo) -> str:
    """The status in the reader's words."""
    return term("status", status.key, status.label)
