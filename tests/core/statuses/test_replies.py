"""What a customer's reply does to a ticket that is finished, or that waits for him."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.statuses.models import Status, StatusTransition
from helpdesk_core.testing.clock import Clock
from helpdesk_core.testing.desk import Desk, journal
from helpdesk_core.tickets.models import Comment, Ticket, TicketLink
from tests.core.statuses.moving import (
    CLOSED,
    OPEN,
    POSTPONED,
    RESOLVED,
    choose,
    own_status,
    row,
    say,
    status_of,
    step,
    steps_taken,
)


def _linked(ticket_id: int) -> list[int]:
    with reading() as session:
        query = select(TicketLink.source_id).where(TicketLink.target_id == ticket_id, TicketLink.kind == "follow_up")
        return list(session.scalars(query))


def test_a_reply_in_time_reopens_by_itself(desk: Desk) -> None:
    """PY-13, PY-14: the status is open again, by the system, and its assignee has something unread."""
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    step(ticket_id, RESOLVED, desk.admin)
    assert say(ticket_id, "Still broken", desk.customer) == ticket_id
    assert steps_taken(ticket_id)[-1] == (RESOLVED, OPEN, "reopened", "system")
    ticket = row(ticket_id)
    assert (ticket.needs_answer, ticket.activity_by) == (True, f"contact:{desk.customer.id}")
    assert journal(ticket_id)[-1] == "comment.added"


def test_the_limit_itself_is_late(desk: Desk, clock: Clock) -> None:
    """PY-15, decision 2: one second before seven days reopens, seven days to the second start a linked ticket."""
    early, late = desk.ticket(), desk.ticket()
    for ticket_id in (early, late):
        step(ticket_id, RESOLVED, desk.admin)
    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    assert say(early, "again", desk.customer) == early
    clock.advance(seconds=1)
    successor = say(late, "again", desk.customer)
    assert (_linked(late), status_of(late), status_of(successor)) == ([successor], RESOLVED, OPEN)
    assert status_of(early) == OPEN


def test_the_clock_starts_when_it_was_solved_not_when_it_was_closed(desk: Desk, clock: Clock) -> None:
    """Decision 2: closed a week after it was solved, the next reply is late."""
    ended = own_status("Ended", "closed", sources=(RESOLVED,), targets=(OPEN,))
    with unit_of_work() as session:
        session.execute(update(Status).where(Status.key == ended).values(final=False))
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    clock.advance(days=6)
    step(ticket_id, ended, desk.admin)
    clock.advance(days=1)
    assert say(ticket_id, "again", desk.customer) != ticket_id


@pytest.mark.parametrize(
    ("policy", "late", "expected"),
    [
        ("reopen", False, "reopened"),
        ("append", False, "kept"),
        ("new_linked_ticket", False, "new"),
        ("reopen", True, "reopened"),
        ("append", True, "kept"),
        ("new_linked_ticket", True, "new"),
    ],
)
def test_the_desk_chooses_what_a_reply_does(desk: Desk, policy: str, late: bool, expected: str) -> None:
    """PY-15, decision 2: three values, in time and late."""
    choose(**{"late_reply_policy" if late else "reply_policy": policy})
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    if late:
        with unit_of_work() as session:
            past = utcnow() - timedelta(days=7)
            session.execute(update(Ticket).where(Ticket.id == ticket_id).values(solved_at=past))
    owner = say(ticket_id, "hello", desk.customer)
    found = "new" if owner != ticket_id else "kept" if status_of(ticket_id) == RESOLVED else "reopened"
    assert found == expected
    assert len(_linked(ticket_id)) == (expected == "new")


def test_another_value_of_the_policy_is_refused(desk: Desk) -> None:
    """Decision 2."""
    with pytest.raises(Invalid):
        choose(reply_policy="delete")


def test_a_final_status_is_never_left(desk: Desk) -> None:
    """Decision 2: even where the desk reopens, a final ticket's reply starts a new one."""
    choose(late_reply_policy="reopen")
    ticket_id = desk.ticket()
    for to in (RESOLVED, CLOSED):
        step(ticket_id, to, desk.admin)
    successor = say(ticket_id, "again", desk.customer, registration_method="mail")
    assert successor != ticket_id
    assert (status_of(ticket_id), row(successor).registration_method) == (CLOSED, "mail")


def test_a_reply_never_postpones(desk: Desk) -> None:
    """PY-13: where the only way back asks until when, nobody could say it: a new ticket takes the words."""
    with unit_of_work() as session:
        session.execute(
            delete(StatusTransition).where(StatusTransition.source == RESOLVED, StatusTransition.target == OPEN)
        )
        session.add(StatusTransition(source=RESOLVED, target=POSTPONED))
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    assert say(ticket_id, "again", desk.customer) != ticket_id
    assert status_of(ticket_id) == RESOLVED


def test_who_may_create_no_ticket_still_says_what_he_has_to_say(desk: Desk) -> None:
    """Decision 2: the words are kept where they are, none is lost and no ticket is made."""
    with unit_of_work() as session:
        role_id = session.scalars(select(Role.id).where(Role.key == "core.contact")).one()
        session.execute(
            delete(RoleGrant).where(RoleGrant.role_id == role_id, RoleGrant.permission == "core:ticket:create")
        )
        session.merge(Role(id=role_id, name="Customers"))
    ticket_id = desk.ticket()
    for to in (RESOLVED, CLOSED):
        step(ticket_id, to, desk.admin)
    assert say(ticket_id, "again", desk.customer) == ticket_id
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 1
        assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_staff_reopens_whenever_it_wants_and_a_note_changes_nothing(desk: Desk, clock: Clock) -> None:
    """Decision 2: the policy is about customers."""
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    clock.advance(days=100)
    say(ticket_id, "for the record", desk.lead)
    assert status_of(ticket_id) == RESOLVED
    step(ticket_id, OPEN, desk.lead)
    assert status_of(ticket_id) == OPEN


def test_a_reply_to_a_waiting_ticket_takes_it_back_to_work(desk: Desk) -> None:
    """UR-24: the built-in rule, once; an employee's words change nothing, nor does a reply to an open ticket."""
    waiting = own_status("Awaiting reply", "waiting", sources=(OPEN,), targets=(POSTPONED, OPEN))
    ticket_id = desk.ticket()
    say(ticket_id, "by the way", desk.customer)
    step(ticket_id, waiting, desk.admin)
    say(ticket_id, "we wait for you", desk.lead)
    assert status_of(ticket_id) == waiting
    say(ticket_id, "here it is", desk.customer)
    say(ticket_id, "and one more thing", desk.customer)
    assert steps_taken(ticket_id) == [
        (OPEN, waiting, None, "employee"),
        (waiting, OPEN, "customer_replied", "system"),
    ]
    assert row(ticket_id).activity_by == f"contact:{desk.customer.id}"
