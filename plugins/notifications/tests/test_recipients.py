"""Who is told of what, and who is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from helpdesk_core.testing import Desk, MailSink, MakeEmployee, run_jobs
from helpdesk_core.toolkit import (
    Actor,
    ChangeTicket,
    Company,
    Contact,
    CreateTicket,
    Employee,
    Invalid,
    JournalEvent,
    TransitionTicket,
    change_ticket,
    create_ticket,
    get_ticket,
    make_internal,
    reading,
    record,
    status_catalog,
    ticket_catalog,
    transition_ticket,
    unit_of_work,
    utcnow,
)
from helpdesk_notifications.extra import save_extra
from helpdesk_notifications.kinds import CONTACT, CREATED, DEFAULTS, STATUS
from helpdesk_notifications.notices import write_notices
from helpdesk_notifications.options import save_options
from helpdesk_notifications.rules import Choice, read_rules, save_rules
from helpdesk_notifications.testing import notices
from helpdesk_notifications.wording import Words, save_wording

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

Told = Callable[[], list[str]]


def amend(desk: Desk, ticket: int, actor: Actor | None = None, **values: object) -> None:
    with unit_of_work() as session:
        row = get_ticket(session, ticket, actor=desk.admin, lock=True)
        change_ticket(session, row, ChangeTicket(values=values), actor=actor or desk.admin)


def move(desk: Desk, ticket: int) -> str:
    with unit_of_work() as session:
        row = get_ticket(session, ticket, actor=desk.admin, lock=True)
        target = next(one for one in status_catalog().targets(row.status_key) if not one.requires_until)
        transition_ticket(session, row, TransitionTicket(to=target.key), actor=desk.admin)
        return target.key


def choose(desk: Desk, **values: object) -> None:
    with unit_of_work() as session:
        save_options(session, values, actor=desk.admin)


def test_the_assignee_is_told_of_all_but_his_own_acts(desk: Desk, told: Told) -> None:
    """OK-063."""
    ticket = desk.ticket(assignee_id=desk.insider.id)
    assert told() == ["chandra", "ivan"]
    desk.comment(ticket, "Try again", actor=desk.insider)
    assert told() == ["chandra"]
    desk.comment(ticket, "Thank you", actor=desk.customer)
    assert told() == ["ivan"]
    desk.comment(ticket, "Between us", internal=True)
    assert told() == ["ivan"]


def test_a_group_is_told_by_its_list_alone(desk: Desk, told: Told, make_employee: MakeEmployee) -> None:
    """OK-065: a group of five, a list of two."""
    members = [make_employee(f"Member {index}", role="core.specialist", email=f"m{index}@x.test") for index in range(4)]
    with unit_of_work() as session:
        member = text(
            "INSERT INTO employee_group_member (group_id, employee_id, notify) VALUES (:group, :employee, :notify)"
        )
        for one in members:
            values = {"group": desk.group_id, "employee": one.id, "notify": one is members[0]}
            session.execute(member, values)
    ticket = desk.ticket(contact_id=None)
    assert told() == []
    amend(desk, ticket, group_id=desk.group_id)
    assert told() == ["ivan", "m0"]


def test_observers_are_told_once_whatever_else_they_are(desk: Desk, told: Told) -> None:
    """OK-068: and each notice is one per event."""
    observers = (desk.lead.id, desk.insider.id)
    ticket = desk.ticket(contact_id=None, observer_employee_ids=observers, observer_group_ids=(desk.group_id,))
    assert told() == ["ivan", "lee"]
    desk.comment(ticket, "Look", actor=desk.lead)
    assert told() == ["ivan"]


def test_observers_read_words_of_their_own(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """OK-068: by mail, not those of the assignee."""
    with unit_of_work() as session:
        for audience in ("observer", "assignee"):
            words = Words(f"For the {audience}", "{{ comment.text }}")
            save_wording(session, ("comment", audience, "en"), words, actor=desk.admin)
    ticket = desk.ticket(contact_id=None, assignee_id=desk.insider.id, observer_employee_ids=(desk.lead.id,))
    told()
    desk.comment(ticket, "Look")
    assert told() == ["ivan", "lee"]
    subjects = {str(mail["X-Recipients"]): str(mail["Subject"]) for mail in mailbox}
    assert subjects["ivan@example.test"].endswith("For the assignee")
    assert subjects["lee@example.test"].endswith("For the observer")


def test_every_kind_reaches_colleagues_and_customers(desk: Desk, told: Told) -> None:
    """OK-179: each kind by mail, to both sides, as it is set up."""
    ticket = desk.ticket(assignee_id=desk.insider.id)
    assert told() == ["chandra", "ivan"]  # created
    desk.comment(ticket, "@Lee Lead look")
    assert told() == ["chandra", "ivan", "lee"]  # comment, mention
    desk.comment(ticket, "Between us", internal=True)
    assert told() == ["ivan"]  # note
    move(desk, ticket)
    assert told() == ["chandra", "ivan"]  # status
    amend(desk, ticket, assignee_id=desk.lead.id)
    assert told() == ["lee"]  # assigned


def test_chosen_statuses_follow_into_another_preset(app: Flask, desk: Desk, told: Told) -> None:
    """OK-184: where statuses make way for others, the choice stays what it was."""
    place = (STATUS, CONTACT)
    with unit_of_work() as session:
        choice = {place: Choice(True, frozenset({"service_desk.resolved", "service_desk.closed"}))}
        save_rules(session, choice, actor=desk.admin)
    with unit_of_work() as session:
        moves = {"service_desk.resolved": "support_center.completed", "service_desk.open": "support_center.opened"}
        record(session, "configuration.preset_changed", actor=desk.admin, subject_kind="configuration",
               subject_id=None, after={"preset": "support_center", "map": moves})  # fmt: skip
    run_jobs(app)
    with app.app_context(), reading() as session:
        rules = read_rules(session)
    assert rules[place].statuses == {"support_center.completed", "service_desk.closed"}
    assert rules[STATUS, "assignee"].statuses == frozenset()  # all, as before


def test_an_assignment_is_told_to_whom_it_concerns(desk: Desk, told: Told) -> None:
    ticket = desk.ticket(contact_id=None, group_id=desk.group_id)
    told()
    amend(desk, ticket, assignee_id=desk.lead.id)
    assert told() == ["lee"]
    amend(desk, ticket, subject="Another subject")
    assert told() == []


def test_who_may_not_read_the_ticket_is_told_nothing(desk: Desk, told: Told) -> None:
    """The policy decides, whatever the reason to be told."""
    ticket = desk.ticket()
    told()
    desk.comment(ticket, "@Olga Outsider and @Siti Stranger, look", internal=False)
    assert told() == ["chandra"]


def test_a_mention_is_told_to_colleagues_who_see_the_ticket(desk: Desk, told: Told, mailbox: MailSink) -> None:
    """OK-074: the text and a link."""
    ticket = desk.ticket(observer_employee_ids=(desk.lead.id,))
    told()
    desk.comment(ticket, "@Lee Leader is somebody else", internal=True)
    assert told() == ["lee"]  # who observes the ticket
    assert "mentioned you" not in mailbox[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    desk.comment(ticket, "@lee lead, could you look?", internal=True)
    assert told() == ["lee"]
    letter = mailbox[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "mentioned you" in letter
    assert "could you look?" in letter
    assert f"/tickets/{ticket}" in letter


@pytest.mark.parametrize("how", ["comment", "mention", "note of the contact's own ticket"])
def test_an_internal_note_reaches_no_customer_in_any_form(desk: Desk, told: Told, mailbox: MailSink, how: str) -> None:
    """OK-074, T-11: the canary."""
    choose(desk, copy_address="boss@customer.test", copy_author=True, company_mode="always")
    with unit_of_work() as session:
        session.get_one(Company, desk.company_id).email = "office@customer.test"
    ticket = desk.ticket(company_id=desk.company_id, assignee_id=desk.insider.id)
    told()
    said = "CANARY @Chandra Customer" if how == "mention" else "CANARY"
    desk.comment(ticket, said, internal=True)
    assert told() == ["ivan"]
    desk.comment(ticket, "In public", actor=desk.insider)
    assert "chandra" in told()
    assert all(b"CANARY" not in mail.as_bytes() for mail in mailbox)


def test_what_became_internal_before_it_was_sent_is_not_sent(app: Flask, desk: Desk, mailbox: MailSink) -> None:
    """T-13."""
    ticket = desk.ticket()
    run_jobs(app)
    del mailbox[:]
    comment = desk.comment(ticket, "CANARY")
    with unit_of_work() as session:
        make_internal(session, comment, actor=desk.admin)
    run_jobs(app)
    assert list(mailbox) == []


def test_an_internal_ticket_does_not_exist_for_its_contact(desk: Desk, told: Told) -> None:
    """OK-057."""
    choose(desk, company_mode="always")
    with unit_of_work() as session:
        session.get_one(Company, desk.company_id).email = "office@customer.test"
        internal = next(one for one in ticket_catalog().types.values() if one.internal)
    for contact in (desk.customer.id, None):
        desk.ticket(type_id=internal.id, contact_id=contact, company_id=desk.company_id)
        assert told() == []


def test_a_new_ticket_is_acknowledged_to_who_wrote_it(desk: Desk, told: Told, mailbox: MailSink) -> None:
    with unit_of_work() as session:
        number = create_ticket(session, CreateTicket(subject="My till"), actor=desk.customer).id
    assert told() == ["chandra"]
    letter = mailbox[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"/my/{number}" in letter


def test_each_notice_can_be_switched_off(desk: Desk, told: Told) -> None:
    """OK-182."""
    with unit_of_work() as session:
        save_rules(session, {place: Choice(enabled=False) for place in DEFAULTS}, actor=desk.admin)
    ticket = desk.ticket(assignee_id=desk.insider.id, group_id=desk.group_id, observer_employee_ids=(desk.lead.id,))
    desk.comment(ticket, "@Ivan Insider")
    desk.comment(ticket, "@Ivan Insider", internal=True)
    move(desk, ticket)
    amend(desk, ticket, assignee_id=desk.lead.id)
    assert told() == []
    with unit_of_work() as session:
        save_rules(session, {(CREATED, CONTACT): Choice(enabled=True)}, actor=desk.admin)
    desk.ticket(assignee_id=desk.insider.id)
    assert told() == ["chandra"]


def test_a_status_is_told_where_the_site_chose_it(desk: Desk, told: Told) -> None:
    """UR-25, OK-184."""
    ticket = desk.ticket()
    told()
    first = move(desk, ticket)
    assert told() == ["chandra"]
    with unit_of_work() as session:
        save_rules(session, {(STATUS, CONTACT): Choice(enabled=True, statuses=frozenset({first}))}, actor=desk.admin)
    assert move(desk, ticket) != first
    assert told() == []


#: Company mode -> who is told: a contact with an address, one without, no contact, and all that without a mailbox.
MAILBOX = {
    "no_mail": (["chandra"], ["office"], [], [["chandra"], [], []]),
    "no_contact": (["chandra"], ["office"], ["office"], [["chandra"], [], []]),
    "always": (["chandra", "office"], ["office"], ["office"], [["chandra"], [], []]),
}


@pytest.mark.parametrize("mode", MAILBOX)
def test_the_companys_mailbox_is_told_as_the_site_chose(desk: Desk, told: Told, mode: str) -> None:
    """OK-185, OK-187: three modes in four situations."""
    choose(desk, company_mode=mode)
    *with_mailbox, without = MAILBOX[mode]
    for email, expected in (("office@customer.test", with_mailbox), (None, without)):
        with unit_of_work() as session:
            session.get_one(Company, desk.company_id).email = email
            session.get_one(Contact, desk.customer.id).email = "chandra@customer.test"
        desk.ticket(company_id=desk.company_id)
        found = [told()]
        with unit_of_work() as session:
            session.get_one(Contact, desk.customer.id).email = None
        desk.ticket(company_id=desk.company_id)
        found.append(told())
        desk.ticket(company_id=desk.company_id, contact_id=None)
        found.append(told())
        assert found == expected


def test_copies_go_where_customers_notices_go(desk: Desk, told: Told) -> None:
    """OK-181, OK-186: the author's is off by default."""
    desk.ticket()
    assert told() == ["chandra"]
    choose(desk, copy_address="boss@customer.test", copy_author=True)
    ticket = desk.ticket()
    assert told() == ["ada", "boss", "chandra"]
    desk.comment(ticket, "Internal", internal=True)
    assert told() == []


def test_people_who_left_are_told_nothing(desk: Desk, told: Told) -> None:
    ticket = desk.ticket(observer_employee_ids=(desk.lead.id,))
    told()
    with unit_of_work() as session:
        session.get_one(Employee, desk.lead.id).active = False
    desk.comment(ticket, "Hello")
    assert told() == ["chandra"]


def test_an_event_is_told_once_however_often_it_is_delivered(desk: Desk, told: Told) -> None:
    ticket = desk.ticket()
    assert told() == ["chandra"]
    event = JournalEvent(
        id=notices()[0].event_id, name="ticket.created", ticket_id=ticket, subject_kind="ticket", subject_id=ticket,
        actor=desk.admin, audience="customer", before={}, after={}, occurred_at=utcnow(),
    )  # fmt: skip
    with unit_of_work() as session:
        assert write_notices(session, event) == 0
    assert told() == []


def test_further_addresses_get_what_the_contact_gets_and_no_more(desk: Desk, told: Told) -> None:
    """OK-151."""
    with unit_of_work() as session:
        save_extra(session, desk.customer.id or 0, ["boss@customer.test"], actor=desk.admin)
    ticket = desk.ticket(assignee_id=desk.insider.id)
    assert told() == ["boss", "chandra", "ivan"]
    desk.comment(ticket, "Internal", internal=True)
    assert told() == ["ivan"]
    with unit_of_work() as session:
        for wrong in (["no address"], ["a@b.test\r\nBcc: c@d.test"], [f"a{index}@b.test" for index in range(6)]):
            with pytest.raises(Invalid):
                save_extra(session, desk.customer.id or 0, wrong, actor=desk.admin)
