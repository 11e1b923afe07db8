"""A day's work at a desk with the plugin: what it does in the hooks shows in what the checks then find."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import HelpdeskError, PluginFailed
from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.statuses.models import StatusTransition
from helpdesk_core.testing.conformance.stage import FOREIGN_CANARY, INTERNAL_CANARY, Running
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.commands import ChangeTicket, TransitionTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import change_ticket, delete_ticket, get_ticket, transition_ticket

if TYPE_CHECKING:
    from helpdesk_core.testing.apps import Site
    from helpdesk_core.testing.conformance.stage import Stage

FEW = 10


def work(stage: Stage, site: Site, desk: Desk) -> Running:
    """Use the desk in the current app's context; what the plugin refuses is noted, for it may refuse."""
    running = Running(site, desk, own_ticket=0, foreign_ticket=0)
    running.own_ticket = desk.ticket(subject="Till prints nothing", description="Since this morning")
    running.foreign_ticket = desk.ticket(subject=f"Door {FOREIGN_CANARY}", contact_id=None, company_id=None)
    running.tickets = [running.own_ticket, running.foreign_ticket]
    running.tickets += [desk.ticket(subject=f"Ticket {number}") for number in range(FEW - 2)]
    desk.comment(running.own_ticket, "We look into it.")
    desk.comment(running.own_ticket, f"The {INTERNAL_CANARY} cable", internal=True)
    desk.comment(running.own_ticket, "Thank you", actor=desk.customer)
    desk.comment(running.foreign_ticket, f"Bring the {FOREIGN_CANARY} key")
    for step in (_change, _transition, _delete):
        _attempt(running, step)
    with unit_of_work() as session:
        stage.fill(session, [running.own_ticket, running.foreign_ticket], FEW)
    return running


def _attempt(running: Running, step: Callable[[Session, Running], None]) -> None:
    try:
        with unit_of_work() as session:
            step(session, running)
    except PluginFailed:
        raise
    except HelpdeskError as refusal:
        running.refusals.append(str(refusal))


def _change(session: Session, running: Running) -> None:
    ticket = get_ticket(session, running.own_ticket, actor=running.desk.admin, lock=True)
    change_ticket(session, ticket, ChangeTicket(values={"subject": "Till prints stripes"}), actor=running.desk.admin)


def _transition(session: Session, running: Running) -> None:
    ticket = get_ticket(session, running.tickets[-1], actor=running.desk.admin, lock=True)
    steps = select(StatusTransition.target).where(StatusTransition.source == ticket.status_key)
    target = session.scalars(steps.order_by(StatusTransition.target.desc())).first()
    if target is not None:
        transition_ticket(session, ticket, TransitionTicket(to=target), actor=running.desk.admin)


def _delete(session: Session, running: Running) -> None:
    ticket = get_ticket(session, running.tickets[-1], actor=running.desk.admin, lock=True)
    delete_ticket(session, ticket, actor=running.desk.admin)
    running.tickets.pop()


def grow(stage: Stage, running: Running, count: int) -> None:
    """Bring the desk to *count* tickets of the customer and each table of the plugin to *count* rows more."""
    with reading() as session:
        columns = metadata.tables["ticket"].columns
        row = session.execute(select(*columns).where(Ticket.id == running.own_ticket)).mappings().one()
    copy = {name: value for name, value in row.items() if name not in ("id", "form_token")}
    with unit_of_work() as session:
        session.execute(insert(Ticket), [dict(copy) for _ in range(count - len(running.tickets))])
    with unit_of_work() as session:
        tickets = list(session.scalars(select(Ticket.id).order_by(Ticket.id)))
        stage.fill(session, [running.own_ticket], count // 2)
        stage.fill(session, tickets, count)
