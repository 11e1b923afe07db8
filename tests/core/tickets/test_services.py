"""The commands of tickets and comments."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from helpdesk_core.contract.errors import Conflict, Forbidden, Invalid, NotFound, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.search.queries import matching_tickets
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.testing.desk import Desk, journal
from helpdesk_core.tickets.commands import AddComment, ChangeTicket, CreateTicket, TransitionTicket
from helpdesk_core.tickets.comments import add_comment, edit_comment, make_internal, redact_comment
from helpdesk_core.tickets.models import Comment, Ticket, TicketLink
from helpdesk_core.tickets.services import change_ticket, create_ticket, delete_ticket, get_ticket, transition_ticket


def _move(desk: Desk, ticket_id: int, to: str) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        until = utcnow() + timedelta(days=1)
        transition_ticket(session, ticket, TransitionTicket(to=f"service_desk.{to}", until_at=until), actor=desk.admin)


def _say(desk: Desk, ticket_id: int, body: str, *, internal: bool = False, finish: bool = False) -> int:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        command = AddComment(body=body, internal=internal, finish=finish)
        return add_comment(session, ticket, command, actor=desk.admin).id


def _ticket(ticket_id: int) -> Ticket:
    with reading() as session:
        return session.get_one(Ticket, ticket_id)


def test_a_ticket_needs_a_subject_and_nothing_else(desk: Desk) -> None:
    """OK-004."""
    with pytest.raises(Invalid) as refusal, unit_of_work() as session:
        create_ticket(session, CreateTicket(subject="  ", priority_id=999), actor=desk.lead)
    assert set(refusal.value.errors) == {"subject", "priority_id"}
    assert _ticket(desk.ticket(subject="No description")).description == ""


def test_pressing_create_twice_makes_one_ticket(desk: Desk) -> None:
    """OK-008."""
    assert desk.ticket(form_token="t" * 32) == desk.ticket(form_token="t" * 32)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 1


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ((), "closed"),
        (("postponed",), "closed"),
        (("resolved",), "postponed"),
        (("resolved", "closed"), "open"),
    ],
)
def test_only_the_steps_of_the_matrix_are_taken(desk: Desk, path: tuple[str, ...], refused: str) -> None:
    """OK-033, OK-034, OK-035, OK-036, OK-037."""
    ticket_id = desk.ticket()
    assert _ticket(ticket_id).status_key == "service_desk.open"
    for step in path:
        _move(desk, ticket_id, step)
    before = _ticket(ticket_id).status_key
    with pytest.raises(Rejected):
        _move(desk, ticket_id, refused)
    assert _ticket(ticket_id).status_key == before
    assert journal(ticket_id).count("ticket.transitioned") == len(path)


def test_a_final_status_offers_no_step(desk: Desk) -> None:
    """OK-036."""
    assert status_catalog().targets("service_desk.closed") == ()


def test_send_and_finish_is_one_change(desk: Desk) -> None:
    """PY-26, PY-04, OK-041."""
    ticket_id = desk.ticket()
    _say(desk, ticket_id, "Replaced the head.", finish=True)
    ticket = _ticket(ticket_id)
    assert (ticket.status_key, ticket.needs_answer) == ("service_desk.resolved", False)
    assert ticket.solved_at is not None
    assert ticket.closed_at is None
    assert journal(ticket_id) == ["ticket.created", "comment.added", "ticket.transitioned"]


def test_finishing_where_there_is_nothing_to_finish_to_stores_no_comment(desk: Desk) -> None:
    """PY-26."""
    ticket_id = desk.ticket()
    for step in ("resolved", "closed"):
        _move(desk, ticket_id, step)
    with pytest.raises(Rejected):
        _say(desk, ticket_id, "Too late", finish=True)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_a_stale_write_of_the_same_field_conflicts_and_of_another_does_not(desk: Desk) -> None:
    """T-60."""
    ticket_id = desk.ticket()
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.lead, lock=True)
        change_ticket(session, ticket, ChangeTicket(values={"subject": "Theirs"}, version=1), actor=desk.lead)
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        change_ticket(session, ticket, ChangeTicket(values={"tags": ["pos"]}, version=1), actor=desk.admin)
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
        with pytest.raises(Conflict) as refusal:
            change_ticket(session, ticket, ChangeTicket(values={"subject": "Mine"}, version=1), actor=desk.admin)
    (clash,) = refusal.value.fields
    assert (clash.base, clash.mine, clash.theirs) == ("Till prints nothing", "Mine", "Theirs")
    assert _ticket(ticket_id).subject == "Theirs"
    assert journal(ticket_id).count("ticket.changed") == 2


def test_a_ticket_is_bold_until_an_employee_answers_and_again_when_the_contact_does(desk: Desk) -> None:
    """OK-009."""
    ticket_id = desk.ticket()
    assert _ticket(ticket_id).needs_answer
    _say(desk, ticket_id, "only for us", internal=True)
    assert _ticket(ticket_id).needs_answer
    _say(desk, ticket_id, "On my way")
    assert not _ticket(ticket_id).needs_answer
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.customer, lock=True)
        add_comment(session, ticket, AddComment(body="Thanks", internal=False), actor=desk.customer)
    assert _ticket(ticket_id).needs_answer


def test_a_reply_to_a_solved_ticket_reopens_it(desk: Desk) -> None:
    """PY-13."""
    ticket_id = desk.ticket()
    _move(desk, ticket_id, "resolved")
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.customer, lock=True)
        add_comment(session, ticket, AddComment(body="Still broken", internal=False), actor=desk.customer)
    assert _ticket(ticket_id).status_key == "service_desk.open"


@pytest.mark.parametrize("late", [False, True])
def test_a_late_reply_or_one_to_a_final_ticket_starts_a_linked_ticket(desk: Desk, late: bool) -> None:
    """PY-13, decision 2."""
    ticket_id = desk.ticket()
    _move(desk, ticket_id, "resolved")
    if late:
        with unit_of_work() as session:
            past = utcnow() - timedelta(days=7)
            session.execute(update(Ticket).where(Ticket.id == ticket_id).values(solved_at=past))
    else:
        _move(desk, ticket_id, "closed")
    before = _ticket(ticket_id).status_key
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.customer, lock=True)
        comment = add_comment(session, ticket, AddComment(body="Again", internal=False), actor=desk.customer)
        successor = comment.ticket_id
    assert successor != ticket_id
    assert _ticket(ticket_id).status_key == before
    with reading() as session:
        assert session.scalars(select(TicketLink.target_id).where(TicketLink.source_id == successor)).all() == [
            ticket_id
        ]


def test_an_internal_comment_is_found_by_employees_only(desk: Desk) -> None:
    """OK-071, PY-29, T-11."""
    ticket_id = desk.ticket()
    _say(desk, ticket_id, "Пароль: canaryword", internal=True)
    with reading() as session:
        assert session.scalars(matching_tickets("canary", internal=True)).all() == [ticket_id]
        assert session.scalars(matching_tickets("canary", internal=False)).all() == []


def test_making_a_comment_internal_takes_it_out_of_what_customers_find(desk: Desk) -> None:
    """T-13."""
    ticket_id = desk.ticket()
    comment_id = _say(desk, ticket_id, "oopscanary")
    with unit_of_work() as session:
        make_internal(session, comment_id, actor=desk.admin)
    with reading() as session:
        assert session.scalars(matching_tickets("oopscanary", internal=False)).all() == []
        assert session.get_one(Comment, comment_id).internal


def test_redacting_leaves_the_text_nowhere(desk: Desk) -> None:
    """T-13, OK-071."""
    ticket_id = desk.ticket()
    comment_id = _say(desk, ticket_id, "secretone")
    with unit_of_work() as session:
        edit_comment(session, comment_id, "secrettwo", actor=desk.admin)
    with unit_of_work() as session:
        redact_comment(session, comment_id, actor=desk.admin)
    with reading() as session:
        assert session.scalars(matching_tickets("secretone", internal=True)).all() == []
        assert session.scalars(matching_tickets("secrettwo", internal=True)).all() == []
        assert session.get_one(Comment, comment_id).body == ""
    with pytest.raises(Rejected), unit_of_work() as session:
        edit_comment(session, comment_id, "back again", actor=desk.admin)


def test_an_internal_ticket_does_not_exist_for_its_contact(desk: Desk) -> None:
    """OK-057, OK-058."""
    internal = next(row for row in _types() if row[1] == "core.internal")[0]
    ticket_id = desk.ticket(type_id=internal)
    with pytest.raises(NotFound), reading() as session:
        get_ticket(session, ticket_id, actor=desk.customer)
    with reading() as session:
        assert get_ticket(session, ticket_id, actor=desk.lead).contact_id == desk.customer.id


def _types() -> list[tuple[int, str]]:
    from helpdesk_core.tickets.catalog import ticket_catalog

    return [(row.id, row.key) for row in ticket_catalog().types.values()]


def test_a_customer_sets_nothing_but_subject_and_description(desk: Desk) -> None:
    """T-47."""
    with unit_of_work() as session:
        command = CreateTicket(
            subject="Mine", contact_id=desk.stranger.id, assignee_id=desk.admin.id, tags=("x",), priority_id=1
        )
        ticket = create_ticket(session, command, actor=desk.customer)
        assert (ticket.contact_id, ticket.assignee_id) == (desk.customer.id, None)
    with pytest.raises(Forbidden), unit_of_work() as session:
        change_ticket(
            session,
            get_ticket(session, ticket.id, actor=desk.customer),
            ChangeTicket(values={"subject": "x"}),
            actor=desk.customer,
        )


def test_the_number_of_a_deleted_ticket_is_never_given_again(desk: Desk) -> None:
    """A mail or a link that names it must not lead to another customer's ticket; a journal row's id neither."""
    number = desk.ticket()
    with unit_of_work() as session:
        last = session.scalar(select(func.max(EventRow.id)))
        delete_ticket(session, get_ticket(session, number, actor=desk.admin), actor=desk.admin)
        session.flush()
        assert session.scalar(select(func.min(EventRow.id)).where(EventRow.name == "ticket.deleted")) > last
    assert desk.ticket() > number


def test_deleting_leaves_one_line_in_the_journal(desk: Desk) -> None:
    """OK-216."""
    ticket_id = desk.ticket()
    _say(desk, ticket_id, "hello")
    with pytest.raises(NotFound), unit_of_work() as session:
        delete_ticket(session, get_ticket(session, ticket_id, actor=desk.outsider), actor=desk.outsider)
    with unit_of_work() as session:
        delete_ticket(session, get_ticket(session, ticket_id, actor=desk.lead), actor=desk.lead)
    with reading() as session:
        assert session.get(Ticket, ticket_id) is None
        assert session.scalar(select(func.count()).select_from(Comment)) == 0
    assert journal(ticket_id) == []
