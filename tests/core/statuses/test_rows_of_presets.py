"""How statuses behave on the presets that the rows come from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk_core.contract.errors import Forbidden, Invalid, Rejected
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.types import utcnow
from helpdesk_core.mail.last_word import last_word_token
from helpdesk_core.settings.registry import auto_close_days
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.testing.clock import Clock
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.steps import open_steps
from helpdesk_core.tickets.timed_steps import close_solved, return_postponed
from tests.core.statuses.conftest import Enter
from tests.core.statuses.moving import now, row, say, status_of, step, steps_taken

SUPPORT = pytest.mark.helpdesk(preset="support_center")
FLOW = pytest.mark.helpdesk(preset="request_flow")
LEADS = pytest.mark.helpdesk(preset="lead_desk")

# --- support_center (UseResponse) -----------------------------------------------------------------


@SUPPORT
def test_a_reply_to_awaiting_reply_sets_opened(desk: Desk) -> None:
    """UR-24, UR-04: no own rule, the reply makes it Opened, by the system."""
    ticket_id = desk.ticket()
    assert status_of(ticket_id) == "support_center.opened"
    step(ticket_id, "support_center.awaiting_reply", desk.admin)
    say(ticket_id, "Yes, still", desk.customer)
    assert steps_taken(ticket_id)[-1] == (
        "support_center.awaiting_reply",
        "support_center.opened",
        "customer_replied",
        "system",
    )


@SUPPORT
def test_on_hold_is_internal_and_says_that_time_does_not_count(desk: Desk) -> None:
    """UR-06: the flag is stored and offered; a customer's words do not end an internal discussion."""
    ticket_id = desk.ticket()
    step(ticket_id, "support_center.on_hold", desk.admin)
    with now():
        known = status_catalog().by_key["support_center.on_hold"]
        assert (known.pauses_sla, known.requires_until) == (True, False)
    say(ticket_id, "Any news?", desk.customer)
    assert status_of(ticket_id) == "support_center.on_hold"
    assert row(ticket_id).needs_answer


@SUPPORT
def test_the_customer_completes_by_the_link_without_signing_in(desk: Desk, enter: Enter, app: object) -> None:
    """UR-07, UR-08: from Awaiting Reply; a look alone changes nothing; his reply in time opens it again (PY-13)."""
    ticket_id = desk.ticket()
    step(ticket_id, "support_center.awaiting_reply", desk.admin)
    address = f"/last-word/{last_word_token(ticket_id, desk.customer.id or 0)}"
    browser = app.test_client()  # type: ignore[attr-defined]
    assert browser.get(address).status_code == 200
    assert status_of(ticket_id) == "support_center.awaiting_reply"
    assert browser.post(address, data={"say": "confirm"}).status_code == 303
    assert status_of(ticket_id) == "support_center.completed"
    assert row(ticket_id).closed_at is not None
    say(ticket_id, "One more thing", desk.customer)
    assert status_of(ticket_id) == "support_center.opened"


@SUPPORT
@pytest.mark.parametrize("name", ["opened", "on_hold", "awaiting_reply", "completed"])
def test_of_the_four_statuses_only_the_colours_are_edited(enter: Enter, desk: Desk, name: str) -> None:
    """UR-03, UR-09: neither deleted nor renamed nor of another state."""
    browser = enter(desk.admin)
    with now():
        before = status_catalog().by_key[f"support_center.{name}"]
    page = f"/settings/statuses/{before.id}"
    colours = {"background": "#000000", "foreground": "#ffffff"}
    assert browser.post(f"{page}/delete").status_code == 409
    assert browser.post(page, data={**colours, "label": "Mine"}).status_code == 409
    other = "open" if before.category is StatusCategory.CLOSED else "closed"
    assert browser.post(page, data={**colours, "category": other}).status_code == 409
    assert browser.post(page, data=colours).status_code == 303
    with now():
        after = status_catalog().by_key[f"support_center.{name}"]
    assert (after.label, after.category, after.background) == (before.label, before.category, "#000000")


# --- request_flow (Pyrus) -------------------------------------------------------------------------


@FLOW
def test_send_and_finish_closes_and_a_reply_reopens(desk: Desk, clock: Clock) -> None:
    """PY-04, PY-13, PY-15, PY-26 in their own words: closed, opened by a reply, and after seven days a new one."""
    ticket_id = desk.ticket()
    say(ticket_id, "Done.", desk.admin, finish=True)
    assert status_of(ticket_id) == "request_flow.closed"
    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    assert say(ticket_id, "Not quite", desk.customer) == ticket_id
    assert status_of(ticket_id) == "request_flow.in_progress"
    say(ticket_id, "Now it is.", desk.admin, finish=True)
    clock.advance(days=7)
    assert say(ticket_id, "Again", desk.customer) != ticket_id
    assert status_of(ticket_id) == "request_flow.closed"


@FLOW
def test_an_answer_to_a_request_for_information_goes_on(desk: Desk) -> None:
    """UR-24: on another preset the same flag of another status does the same."""
    ticket_id = desk.ticket()
    for to in ("in_progress", "information_request"):
        step(ticket_id, f"request_flow.{to}", desk.admin)
    say(ticket_id, "The serial number is 12", desk.customer)
    assert status_of(ticket_id) == "request_flow.in_progress"


# --- service_desk (Okdesk) ------------------------------------------------------------------------


def test_solved_and_closed_keep_two_times(desk: Desk, clock: Clock) -> None:
    """OK-041, OK-043: the department's view and the customer's; off unless somebody chose days."""
    ticket_id = desk.ticket()
    step(ticket_id, "service_desk.resolved", desk.admin)
    solved_at = clock.now
    clock.advance(days=9)
    with now():
        assert auto_close_days() == 0
    assert close_solved() == 0
    step(ticket_id, "service_desk.closed", desk.admin)
    ticket = row(ticket_id)
    assert (ticket.solved_at, ticket.closed_at) == (solved_at, clock.now)


# --- lead_desk (the CRM) --------------------------------------------------------------------------


@LEADS
def test_a_lead_is_new_until_somebody_starts_and_bold_so_long(desk: Desk, enter: Enter) -> None:
    """CR-02, CR-05, CR-11, CR-01: title and status stand out in the list."""
    browser = enter(desk.admin)
    ticket_id = desk.ticket()
    assert status_of(ticket_id) == "lead_desk.new"
    say(ticket_id, "We call you back.", desk.admin)
    browser.get(f"/tickets/{ticket_id}")

    def line() -> str:
        return next(one for one in browser.get("/tickets").text.split("<tr") if f'data-ticket="{ticket_id}"' in one)

    assert 'class="is-unread"' in line()
    assert 'data-status="lead_desk.new"' in line()
    step(ticket_id, "lead_desk.in_processing", desk.admin)
    browser.get(f"/tickets/{ticket_id}")
    assert 'class="is-unread"' not in line()


@LEADS
def test_a_lead_is_postponed_for_any_period_and_returns(desk: Desk, clock: Clock) -> None:
    """CR-08, CR-16: without a time refused; at the time it is worked on again, and everybody sees that it changed."""
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    with pytest.raises(Invalid):
        step(ticket_id, "lead_desk.postponed", desk.insider)
    step(ticket_id, "lead_desk.postponed", desk.insider, until=utcnow() + timedelta(days=45))
    clock.advance(days=45)
    assert return_postponed() == 1
    assert steps_taken(ticket_id)[-1] == ("lead_desk.postponed", "lead_desk.in_processing", "returned", "system")
    assert row(ticket_id).activity_at == clock.now


@LEADS
def test_a_processed_lead_goes_back_to_new_from_the_list_by_who_may(desk: Desk, enter: Enter) -> None:
    """CR-09, CR-10: other roles are refused, and are not offered the step."""
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    step(ticket_id, "lead_desk.in_processing", desk.insider)
    step(ticket_id, "lead_desk.processed", desk.insider)
    with now() as session:
        from helpdesk_core.tickets.services import get_ticket

        ticket = get_ticket(session, ticket_id, actor=desk.insider)
        assert open_steps(ticket, desk.insider) == ()
    with pytest.raises((Forbidden, Rejected)):
        step(ticket_id, "lead_desk.new", desk.insider)
    sent = {"ids": str(ticket_id), "action": "status", "value_status": "lead_desk.new"}
    enter(desk.insider).post("/tickets/bulk", data=sent)
    assert status_of(ticket_id) == "lead_desk.processed"
    enter(desk.admin).post("/tickets/bulk", data=sent)
    assert status_of(ticket_id) == "lead_desk.new"
