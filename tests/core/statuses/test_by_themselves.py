"""Tickets return and are closed by themselves, once, whatever happened meanwhile."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from flask import Flask
from sqlalchemy import delete, func, select, update

from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.contract.specs import Transition
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.jobs.models import Job
from helpdesk_core.jobs.queue import open_slots
from helpdesk_core.jobs.registry import job_spec
from helpdesk_core.jobs.work import work_all
from helpdesk_core.statuses.models import StatusTransition
from helpdesk_core.testing.clock import Clock
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.timed_steps import CLOSE, RETURN, close_solved, return_postponed
from helpdesk_core.users.models import Employee
from tests.architecture.source_rules import ROOT
from tests.core.jobs.waiting import until
from tests.core.statuses.conftest import Enter
from tests.core.statuses.moving import (
    CLOSED,
    OPEN,
    POSTPONED,
    RESOLVED,
    choose,
    offer,
    own_status,
    row,
    status_of,
    step,
    steps_taken,
)


def _postponed(desk: Desk, **after: float) -> int:
    ticket_id = desk.ticket()
    step(ticket_id, POSTPONED, desk.admin, until=utcnow() + timedelta(**after))
    return ticket_id


def test_a_ticket_returns_when_its_time_comes(desk: Desk, clock: Clock) -> None:
    """OK-040, CR-16: to Open, by the system, told as an event, unread for its people; not a second before."""
    ticket_id = _postponed(desk, hours=1)
    clock.advance(timedelta(hours=1) - timedelta(seconds=1))
    assert return_postponed() == 0
    clock.advance(seconds=1)
    assert return_postponed() == 1
    assert return_postponed() == 0
    assert steps_taken(ticket_id)[1:] == [(POSTPONED, OPEN, "returned", "system")]
    ticket = row(ticket_id)
    assert (ticket.until_at, ticket.activity_at, ticket.activity_by) == (None, clock.now, "system:")


def test_resumed_by_hand_nothing_happens_later(desk: Desk, clock: Clock) -> None:
    """OK-040: until 15:00, resumed at 14:00, nothing at 15:00; postponed again, the new time counts."""
    ticket_id = _postponed(desk, hours=1)
    clock.advance(minutes=30)
    step(ticket_id, OPEN, desk.admin)
    step(ticket_id, POSTPONED, desk.admin, until=clock.now + timedelta(hours=2))
    clock.advance(hours=1)
    assert return_postponed() == 0
    clock.advance(hours=1)
    assert return_postponed() == 1
    assert len(steps_taken(ticket_id)) == 4


def test_a_stop_across_the_moment_is_made_up_for_once(app: Flask, desk: Desk, clock: Clock) -> None:
    """OK-040: nobody worked for two days; the periodic job then returns everything that came due, each once."""
    tickets = [_postponed(desk, hours=hours) for hours in (1, 5, 30, 90)]
    clock.advance(days=2)
    for _ in range(3):
        with unit_of_work() as session:
            open_slots(session, [job_spec(RETURN)])
        work_all(app, "after the stop")
        clock.advance(minutes=1)
    assert [status_of(ticket_id) for ticket_id in tickets] == [OPEN, OPEN, OPEN, POSTPONED]
    assert [len(steps_taken(ticket_id)) for ticket_id in tickets] == [2, 2, 2, 1]


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2027-03-28T01:30", datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        ("2027-03-28T02:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # does not exist: the clocks jump over it
        ("2027-03-28T03:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # comes twice: the first one counts
        ("2026-10-25T03:30", datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
    ],
)
def test_the_time_is_the_persons_own_through_a_change_of_the_clocks(
    desk: Desk, clock: Clock, enter: Enter, typed: str, moment: datetime
) -> None:
    """OK-040: typed in Berlin across a change between winter and summer time, it returns then and once."""
    with unit_of_work() as session:
        session.execute(update(Employee).where(Employee.id == desk.admin.id).values(timezone="Europe/Berlin"))
    clock.move_to(moment - timedelta(hours=12))
    ticket_id = desk.ticket()
    browser = enter(desk.admin)
    sent = {"to": POSTPONED, "until": typed}
    assert browser.post(f"/tickets/{ticket_id}/transition", data=sent).status_code == 303
    assert row(ticket_id).until_at == moment
    local = moment.astimezone(ZoneInfo("Europe/Berlin"))
    shown = f"{format_date(local, 'medium', 'en')}, {local:%H:%M}"
    assert shown in browser.get(f"/tickets/{ticket_id}").text
    moved = 0
    clock.move_to(moment - timedelta(hours=2))
    while clock.now < moment + timedelta(hours=3):
        moved += return_postponed()
        assert moved == (clock.now >= moment)
        clock.advance(minutes=30)
    assert len(steps_taken(ticket_id)) == 2


def test_it_returns_where_work_goes_on(desk: Desk, clock: Clock) -> None:
    """OK-040, decision 7: an open status before a new one, whatever they are called; never one that asks until when."""
    later, fresh = own_status("Later", "paused", requires_until=True, sources=(OPEN,)), own_status("Fresh", "new")
    with unit_of_work() as session:
        session.add_all(StatusTransition(source=later, target=to) for to in (POSTPONED, fresh, RESOLVED, OPEN))
    ticket_id = desk.ticket()
    step(ticket_id, later, desk.admin, until=clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    return_postponed()
    assert status_of(ticket_id) == OPEN
    with unit_of_work() as session:
        for one in session.scalars(select(StatusTransition).where(StatusTransition.source == later)):
            if one.target == OPEN:
                session.delete(one)
    step(ticket_id, later, desk.admin, until=clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    return_postponed()
    assert status_of(ticket_id) == fresh


def test_a_promise_is_kept_where_the_matrix_has_no_way_back(desk: Desk, clock: Clock) -> None:
    """OK-040: the default status then is one."""
    ticket_id = _postponed(desk, hours=1)
    with unit_of_work() as session:
        for one in session.scalars(select(StatusTransition).where(StatusTransition.source == POSTPONED)):
            session.delete(one)
    clock.advance(hours=1)
    assert return_postponed() == 1
    assert status_of(ticket_id) == OPEN


class Keeper(Plugin):
    """Keeps tickets where they are."""

    name = "keeper"

    @hookimpl
    def helpdesk_before_transition(self, ticket: Ticket, transition: Transition) -> None:
        if "keep" in ticket.subject and transition.source == POSTPONED:
            raise Rejected("This one stays")


@pytest.mark.helpdesk(plugins=[Keeper])
def test_a_ticket_that_a_rule_keeps_does_not_stop_the_others(desk: Desk, clock: Clock) -> None:
    """OK-040: it is due again at the next run."""
    kept = desk.ticket(subject="keep this")
    step(kept, POSTPONED, desk.admin, until=clock.now + timedelta(minutes=1))
    others = [_postponed(desk, minutes=2) for _ in range(3)]
    clock.advance(hours=1)
    assert return_postponed() == 3
    assert return_postponed() == 0
    assert [status_of(one) for one in (kept, *others)] == [POSTPONED, OPEN, OPEN, OPEN]
    assert row(kept).until_at is not None


def test_a_run_is_bounded_and_the_next_goes_on(desk: Desk, clock: Clock) -> None:
    """OK-040: many that come due at once."""
    tickets = [_postponed(desk, minutes=1) for _ in range(7)]
    clock.advance(minutes=1)
    assert [return_postponed(most=3) for _ in range(4)] == [3, 3, 1, 0]
    assert {status_of(one) for one in tickets} == {OPEN}


def test_a_solved_ticket_is_closed_after_the_days_of_the_desk(desk: Desk, clock: Clock) -> None:
    """OK-043, OK-041: three days, not a second before; both times stay apart."""
    choose(auto_close_days=3)
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    solved_at = clock.now
    clock.advance(timedelta(days=3) - timedelta(seconds=1))
    assert close_solved() == 0
    clock.advance(seconds=1)
    assert close_solved() == 1
    assert close_solved() == 0
    assert steps_taken(ticket_id)[1:] == [(RESOLVED, CLOSED, "auto_closed", "system")]
    ticket = row(ticket_id)
    assert (ticket.solved_at, ticket.closed_at) == (solved_at, clock.now)


def test_a_ticket_that_was_reopened_starts_its_days_anew(desk: Desk, clock: Clock) -> None:
    """OK-043: reopened before, the timer is cancelled."""
    choose(auto_close_days=3)
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    clock.advance(days=2)
    step(ticket_id, OPEN, desk.admin)
    clock.advance(days=2)
    assert close_solved() == 0
    step(ticket_id, RESOLVED, desk.admin)
    clock.advance(days=2)
    assert close_solved() == 0
    clock.advance(days=1)
    assert close_solved() == 1


def test_nothing_is_closed_where_it_is_switched_off(desk: Desk, clock: Clock) -> None:
    """OK-043: 0 is off, which a desk is unless somebody chose."""
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    clock.advance(days=4000)
    assert close_solved() == 0
    choose(auto_close_days=3)
    choose(auto_close_days=0)
    assert close_solved() == 0
    assert status_of(ticket_id) == RESOLVED


class Switch(Plugin):
    """Switches closing off when the first ticket is closed."""

    name = "switch"

    @hookimpl
    def helpdesk_ticket_transitioned(self, transition: Transition) -> None:
        if transition.target == CLOSED:
            from helpdesk_core.contract.actor import SYSTEM
            from helpdesk_core.settings.services import change_settings

            change_settings(db.session(), {"core.auto_close_days": 0}, actor=SYSTEM)


@pytest.mark.helpdesk(plugins=[Switch])
def test_switched_off_during_a_run_the_rest_stays(desk: Desk, clock: Clock) -> None:
    """OK-043: every ticket asks again."""
    choose(auto_close_days=1)
    tickets = [desk.ticket() for _ in range(5)]
    for ticket_id in tickets:
        step(ticket_id, RESOLVED, desk.admin)
    clock.advance(days=2)
    assert close_solved() == 1
    assert sorted(status_of(one) for one in tickets) == [CLOSED, *[RESOLVED] * 4]


def test_a_type_without_a_closed_status_is_left_alone(desk: Desk, clock: Clock) -> None:
    """OK-043, PY-34: and does not count."""
    choose(auto_close_days=1)
    with reading():
        from helpdesk_core.tickets.catalog import ticket_catalog

        incident = next(one.id for one in ticket_catalog().types.values() if one.key == "core.incident")
    offer(incident, OPEN, RESOLVED)
    typed, plain = desk.ticket(type_id=incident), desk.ticket()
    for ticket_id in (typed, plain):
        step(ticket_id, RESOLVED, desk.admin)
    clock.advance(days=2)
    assert close_solved() == 1
    assert [status_of(one) for one in (typed, plain)] == [RESOLVED, CLOSED]


def _work(app: Flask, folder: Path, number: int) -> subprocess.Popen[bytes]:
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    command = [sys.executable, "-m", "tests.core.statuses.process", url, str(folder), str(number)]
    return subprocess.Popen(command, cwd=ROOT)


def test_two_processes_return_and_close_each_ticket_once(app: Flask, desk: Desk, tmp_path: Path) -> None:
    """OK-040, OK-043: both work at the same moment on the same tickets, without the slots that keep them apart."""
    choose(auto_close_days=1)
    returning, closing = ([desk.ticket() for _ in range(25)] for _ in range(2))
    for ticket_id in returning:
        step(ticket_id, POSTPONED, desk.admin)
    for ticket_id in closing:
        step(ticket_id, RESOLVED, desk.admin)
    past = utcnow() - timedelta(days=2)
    with unit_of_work() as session:
        session.execute(update(Ticket).where(Ticket.id.in_(returning)).values(until_at=past))
        session.execute(update(Ticket).where(Ticket.id.in_(closing)).values(solved_at=past))
        session.execute(delete(Job))
    workers = [_work(app, tmp_path, number) for number in range(2)]
    try:
        until(lambda: len(list(tmp_path.glob("ready-*"))) == 2, seconds=90)
        (tmp_path / "go").touch()
        assert [worker.wait(timeout=90) for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    moved = [int(file.read_text()) for file in tmp_path.glob("moved-*")]
    assert sum(moved) == 50, "what a process says it moved is what it moved"
    db.session.remove()
    with reading() as session:
        query = select(func.count()).where(EventRow.name == "ticket.transitioned", EventRow.actor_kind == "system")
        assert session.scalar(query) == 50
    assert {status_of(one) for one in returning} == {OPEN}
    assert {status_of(one) for one in closing} == {CLOSED}


def test_both_jobs_are_there(app: Flask, desk: Desk) -> None:
    """OK-040, OK-043: they come by themselves, and run."""
    choose(auto_close_days=1)
    ticket_id = desk.ticket()
    step(ticket_id, RESOLVED, desk.admin)
    with unit_of_work() as session:
        session.execute(update(Ticket).where(Ticket.id == ticket_id).values(solved_at=utcnow() - timedelta(days=2)))
        assert open_slots(session, [job_spec(RETURN), job_spec(CLOSE)]) == 2
    assert work_all(app, "worker") >= 2
    assert status_of(ticket_id) == CLOSED
