"""The policy: lists and single checks come from one expression."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.access.policy import can, can_many, holds, require, visible
from helpdesk_core.configuration.presets import load_preset
from helpdesk_core.contract.actor import UNKNOWN, Actor, ActorKind
from helpdesk_core.contract.errors import Forbidden, NotFound
from helpdesk_core.customers.models import Company
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.models import Ticket, TicketObserver
from helpdesk_core.users.models import Employee

ROWS = ("core:ticket:read", "core:ticket:change", "core:ticket:delete", "core:ticket:read_internal")


def _actors(desk: Desk) -> dict[str, Actor]:
    names = ("admin", "lead", "insider", "outsider", "customer", "stranger")
    return {name: getattr(desk, name) for name in names}


def test_each_role_holds_what_it_is_granted_and_nothing_else(desk: Desk) -> None:
    """OK-213, OK-214, OK-215, OK-216."""
    for name, role in (("lead", "core.lead"), ("insider", "core.specialist"), ("customer", "core.contact")):
        granted = set(load_preset("service_desk").roles[role].grants)
        for permission in CORE_PERMISSIONS:
            expected = permission.name in granted
            assert holds(getattr(desk, name), permission.name) is expected, (name, permission.name)
    assert all(holds(desk.admin, permission.name) for permission in CORE_PERMISSIONS)
    assert not any(holds(UNKNOWN, permission.name) for permission in CORE_PERMISSIONS)


def test_a_lead_has_no_settings_and_grants_nothing(desk: Desk) -> None:
    """OK-214."""
    for permission in ("core:settings:manage", "core:role:manage", "core:employee:manage", "core:portal:grant"):
        with pytest.raises(Forbidden):
            require(desk.lead, permission)


def test_a_specialist_sees_a_company_while_a_ticket_ties_him_to_it(desk: Desk) -> None:
    """OK-215."""
    ticket_id = desk.ticket(group_id=desk.group_id)
    with reading() as session:
        company = session.get_one(Company, desk.company_id)
        assert can(desk.insider, "core:customer:read", company)
        assert not can(desk.outsider, "core:customer:read", company)
    with unit_of_work() as session:
        session.execute(delete(Ticket).where(Ticket.id == ticket_id))
    with reading() as session, pytest.raises(NotFound):
        require(desk.insider, "core:customer:read", session.get_one(Company, desk.company_id))


def test_an_observer_reads(desk: Desk) -> None:
    """OK-066."""
    ticket_id = desk.ticket(observer_employee_ids=(desk.outsider.id,))
    with reading() as session:
        assert can(desk.outsider, "core:ticket:read", session.get_one(Ticket, ticket_id))


def test_a_deactivated_employee_holds_nothing(desk: Desk) -> None:
    """OK-207."""
    with unit_of_work() as session:
        session.get_one(Employee, desk.lead.id).active = False
    with reading():
        assert not holds(desk.lead, "core:desk:use")


def test_unknown_kinds_of_actors_hold_nothing(desk: Desk) -> None:
    """OK-213."""
    for kind in (ActorKind.TOKEN, ActorKind.PARTNER, ActorKind.UNKNOWN):
        assert not holds(Actor(kind, desk.admin.id, "forged"), "core:ticket:read")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_lists_and_single_checks_agree(desk: Desk, data: st.DataObject) -> None:
    """OK-215, OK-216: one expression serves both."""
    people = _actors(desk)
    employees = [desk.admin.id, desk.lead.id, desk.insider.id, desk.outsider.id]
    with unit_of_work() as session:
        session.execute(delete(Ticket))
    ids = [
        desk.ticket(
            contact_id=data.draw(st.sampled_from([None, desk.customer.id, desk.stranger.id])),
            assignee_id=data.draw(st.sampled_from([None, *employees])),
            group_id=data.draw(st.sampled_from([None, desk.group_id])),
            type_id=data.draw(st.sampled_from([None, 1, 4])),
        )
        for _ in range(data.draw(st.integers(1, 5)))
    ]
    watcher = data.draw(st.sampled_from(employees))
    with unit_of_work() as session:
        session.add(TicketObserver(ticket_id=ids[0], employee_id=watcher))
    with reading() as session:
        for actor in people.values():
            many = can_many(actor, ROWS, ids)
            for permission in ROWS:
                listed = set(session.scalars(visible(select(Ticket.id), actor, permission)))
                single = {row for row in ids if can(actor, permission, session.get_one(Ticket, row))}
                batch = {row for row in ids if permission in many[row]}
                assert listed == single == batch, (actor, permission)
