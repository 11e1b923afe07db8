"""A plugin's read-time code opens ``reading()`` as pages do, whatever the core has open at that moment."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.contract.specs import RelatedItem
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import create_ticket


class Counting(Plugin):
    """Says how many tickets there are."""

    name = "counting"

    @hookimpl
    def helpdesk_find_related(self) -> list[RelatedItem]:
        with reading() as session:
            number = session.scalar(select(func.count()).select_from(Ticket))
        return [RelatedItem(kind="count", label=str(number), url="/")]


def _said() -> list[str]:
    return [found.value.label for found in hooks().helpdesk_find_related(ticket=None, actor=SYSTEM, limit=5)]


@pytest.mark.helpdesk(plugins=[Counting])
def test_reading_inside_a_contribution_ends_nothing_of_the_core(app: Flask) -> None:
    with app.app_context():
        with unit_of_work() as session:
            ticket = create_ticket(session, CreateTicket(subject="Printer on fire"), actor=SYSTEM)
            assert _said() == ["1"]
            ticket.subject = "Printer out"
        with reading() as session:
            kept = session.scalars(select(Ticket)).one()
            assert _said() == ["1"]
            assert kept in session
        # A question outside both doors leaves a transaction open too.
        assert db.session.scalar(select(Ticket.subject)) == "Printer out"
        assert _said() == ["1"]
        assert db.session().in_transaction()
        db.session.remove()
        assert _said() == ["1"]
