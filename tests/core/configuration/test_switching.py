"""Another preset on a desk in use: every ticket gets the status that was named for its own, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from helpdesk_core.access.models import Role
from helpdesk_core.configuration.document import Configuration
from helpdesk_core.configuration.mapping import BATCH, propose
from helpdesk_core.configuration.presets import load_preset
from helpdesk_core.configuration.reading import read_configuration
from helpdesk_core.configuration.rendering import render
from helpdesk_core.configuration.services import apply_configuration, change_preset, plan_preset
from helpdesk_core.configuration.usage import tickets_by_status
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.models import EventRow
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.statuses.models import DeniedStep, Status, StatusTransition
from helpdesk_core.statuses.services import StatusValues, create_status
from helpdesk_core.testing import Desk, DeskOf, count_queries, journal
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import TransitionTicket
from helpdesk_core.tickets.filters import TicketQuery
from helpdesk_core.tickets.models import SavedView, Ticket, TypeStatus
from helpdesk_core.tickets.saved_views import save_view
from helpdesk_core.tickets.services import get_ticket, transition_ticket

TO_SUPPORT = {
    "service_desk.open": "support_center.opened",
    "service_desk.postponed": "support_center.on_hold",
    "service_desk.resolved": "support_center.completed",
    "service_desk.closed": "support_center.completed",
}
TRIAGE = StatusValues(
    label="Triage",
    category="open",
    sources=("service_desk.open",),
    targets=("service_desk.resolved", "service_desk.open"),
    finish_target="service_desk.resolved",
)


def _step(number: int, to: str, desk: Desk, **values: Any) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, number, actor=desk.admin, lock=True)
        transition_ticket(session, ticket, TransitionTicket(to=to, **values), actor=desk.admin)


def _ticket(number: int) -> Ticket:
    with reading() as session:
        return session.get_one(Ticket, number)


def _change(name: str, moves: dict[str, str]) -> None:
    with unit_of_work() as session:
        change_preset(session, name, moves, actor=SYSTEM)


def _configuration() -> Configuration:
    with reading() as session:
        return read_configuration(session)


@pytest.mark.parametrize("old", PRESETS)
@pytest.mark.parametrize("new", PRESETS)
def test_proposals_keep_the_meaning(old: str, new: str) -> None:
    """What is finished stays so and what is not does not; nothing that cannot say until when is told to wait."""
    before, after = load_preset(old), load_preset(new)
    proposed = propose(before, after.statuses)
    assert set(proposed) == (set() if old == new else set(before.statuses))
    for source, target in proposed.items():
        one, other = before.statuses[source], after.statuses[target]
        assert (one.category in ("solved", "closed")) == (other.category in ("solved", "closed")), (source, target)
        assert one.requires_until or not other.requires_until, (source, target)
        assert one.final or not other.final, (source, target)


def test_every_ticket_gets_the_status_that_was_named_for_its_own(desk: Desk, clock: Any) -> None:
    """None lost; when it was solved and closed stays known, and so does who saw it last."""
    opened, waiting, solved, closed = (desk.ticket() for _ in range(4))
    _step(waiting, "service_desk.postponed", desk, until_at=utcnow() + timedelta(days=2))
    for number in (solved, closed):
        _step(number, "service_desk.resolved", desk)
    moment = _ticket(closed).solved_at
    clock.advance(hours=1)
    _step(closed, "service_desk.closed", desk)
    before = {number: _ticket(number) for number in (opened, waiting, solved, closed)}
    clock.advance(hours=1)
    _change("support_center", TO_SUPPORT)
    after = {number: _ticket(number) for number in before}
    assert {number: ticket.status_key.partition(".")[2] for number, ticket in after.items()} == {
        opened: "opened",
        waiting: "on_hold",
        solved: "completed",
        closed: "completed",
    }
    for number, ticket in after.items():
        assert ticket.version == before[number].version + 1
        assert (ticket.updated_at, ticket.activity_at) == (before[number].updated_at, before[number].activity_at)
    assert after[waiting].until_at is None
    assert (after[solved].solved_at, after[solved].closed_at) == (moment, moment)
    assert after[closed].closed_at == before[closed].closed_at
    assert (after[opened].solved_at, after[opened].closed_at) == (None, None)


def test_the_change_stands_in_every_history_by_the_system(desk: Desk) -> None:
    """An event of the ticket, internal: no customer is told; one of the desk with the map, for applications."""
    number = desk.ticket()
    _change("support_center", TO_SUPPORT)
    assert journal(number)[-1] == "ticket.status_mapped"
    with reading() as session:
        event = session.scalars(select(EventRow).where(EventRow.name == "ticket.status_mapped")).one()
        assert (event.actor_kind, event.audience, event.ticket_version) == ("system", "internal", 2)
        assert (event.before, event.after) == (
            {"status": "service_desk.open"},
            {"status": "support_center.opened"},
        )
        told = session.scalars(select(EventRow).where(EventRow.name == "configuration.preset_changed")).one()
        assert told.before == {"preset": "service_desk"}
        assert told.after == {"preset": "support_center", "map": TO_SUPPORT}


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "service_desk"])
def test_there_and_back_again(preset: str, desk: Desk) -> None:
    """With the proposals both ways the desk is what it was, and its ticket is open."""
    number, untouched = desk.ticket(), _configuration()
    for name in (preset, "service_desk"):
        with reading() as session:
            moves = dict(plan_preset(session, name, {}, actor=SYSTEM).moves)
        _change(name, moves)
    back = _configuration()
    assert back.statuses == untouched.statuses
    assert _ticket(number).status_key == "service_desk.open"


def test_without_a_map_nothing_happens(desk: Desk) -> None:
    """The used statuses are named; proposals are proposals."""
    desk.ticket()
    with reading() as session:
        planned = plan_preset(session, "support_center", {}, actor=SYSTEM)
    assert planned.unmapped == ("service_desk.open",)
    assert planned.tickets["service_desk.open"] == 1
    assert planned.moves["service_desk.open"] == "support_center.opened"
    with pytest.raises(Rejected, match=r"service_desk\.open"):
        _change("support_center", {"service_desk.closed": "support_center.completed"})
    assert next(iter(status_catalog().by_key)) == "service_desk.open"


def test_an_empty_desk_needs_no_map(desk: Desk) -> None:
    _change("lead_desk", {})
    assert [key.partition(".")[0] for key in status_catalog().by_key] == ["lead_desk"] * 4


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ({"service_desk.gone": "support_center.opened"}, "there is no status service_desk.gone"),
        ({"service_desk.open": "support_center.gone"}, "there will be no status support_center.gone"),
        ({"service_desk.open": "service_desk.closed"}, "there will be no status service_desk.closed"),
        (
            {"service_desk.open": "service_desk.closed", "service_desk.closed": "support_center.completed"},
            "service_desk.closed goes as well",
        ),
        (
            {"service_desk.open": "service_desk.closed", "service_desk.closed": "service_desk.open"},
            "service_desk.closed goes as well",
        ),
    ],
)
def test_a_map_that_leads_nowhere_is_refused(moves: dict[str, str], told: str, desk: Desk) -> None:
    """Unknown keys, chains and swaps: each pair is named with its reason."""
    desk.ticket()
    before = render(_configuration())
    with pytest.raises(Invalid, match=told) as refusal:
        _change("support_center", moves)
    assert next(iter(refusal.value.errors)).startswith("support_center: service_desk.")
    assert render(_configuration()) == before


def test_nobody_is_told_to_wait_without_a_time(desk_of: DeskOf) -> None:
    """A status that asks until when takes tickets only of one that did, and only those that know it."""
    with desk_of("support_center") as (_app, desk):
        desk.ticket()
        moves = {"support_center.opened": "service_desk.postponed"}
        with pytest.raises(Invalid, match=r"service_desk\.postponed needs a time"):
            _change("service_desk", moves)
    with desk_of("service_desk") as (_app, desk):
        number = desk.ticket()
        until = utcnow() + timedelta(days=2)
        _step(number, "service_desk.postponed", desk, until_at=until)
        moves = {"service_desk.postponed": "lead_desk.postponed"}
        with unit_of_work() as session:
            session.execute(update(Ticket).values(until_at=None))
        with pytest.raises(Invalid, match="which 1 ticket does not have"):
            _change("lead_desk", moves)
        with unit_of_work() as session:
            session.execute(update(Ticket).values(until_at=until))
        _change("lead_desk", moves)
        assert (_ticket(number).status_key, _ticket(number).until_at) == ("lead_desk.postponed", until)


def test_within_one_preset_a_status_of_the_site_is_mapped_away(desk: Desk) -> None:
    """The same rules: what stays is not mapped, and nobody is told to wait without a time."""
    with unit_of_work() as session:
        create_status(session, TRIAGE, actor=desk.admin)
    number = desk.ticket()
    _step(number, "site.triage", desk)
    with pytest.raises(Invalid, match=r"service_desk\.postponed needs a time"):
        _change("service_desk", {"site.triage": "service_desk.postponed"})
    with pytest.raises(Invalid, match=r"service_desk\.open stays"):
        _change("service_desk", {"service_desk.open": "service_desk.resolved"})
    _change("service_desk", {"site.triage": "service_desk.resolved"})
    assert _ticket(number).status_key == "service_desk.resolved"
    assert list(_configuration().statuses) == list(load_preset("service_desk").statuses)


def test_what_the_site_made_stays_and_leads_on(desk: Desk) -> None:
    """Own statuses with their steps, finish targets, subsets of types, steps denied to roles, saved views."""
    with unit_of_work() as session:
        create_status(session, TRIAGE, actor=desk.admin)
        kind = next(iter(ticket_catalog().types))
        session.add(TypeStatus(type_id=kind, status_key="service_desk.open"))
        session.add(TypeStatus(type_id=kind, status_key="site.triage"))
        role = session.scalars(select(Role.id).where(Role.key == "core.specialist")).one()
        session.add(DeniedStep(role_id=role, source="service_desk.open", target="service_desk.resolved"))
        query = TicketQuery(status=("service_desk.open", "service_desk.closed", "service_desk.resolved"))
        view = save_view(session, "Mine", query, shared=False, actor=desk.admin).id
    number = desk.ticket()
    _step(number, "site.triage", desk)
    _change("support_center", TO_SUPPORT)
    one = _configuration()
    triage = one.statuses["site.triage"]
    assert set(triage.steps) == {"support_center.completed", "support_center.opened"}
    assert triage.finish_target == "support_center.completed"
    assert "site.triage" in one.statuses["support_center.opened"].steps
    assert "site.triage" not in one.statuses["support_center.on_hold"].steps
    assert set(next(iter(one.types.values())).statuses) == {"support_center.opened", "site.triage"}
    assert one.roles["core.specialist"].denied_steps == {"support_center.opened": ("support_center.completed",)}
    assert _ticket(number).status_key == "site.triage"
    with reading() as session:
        filters = session.get_one(SavedView, view).filters
    assert filters["status"] == ["support_center.opened", "support_center.completed"]


def test_a_status_of_the_site_makes_way_for_its_namesake(desk: Desk) -> None:
    """Two statuses of one name would be told apart by nobody: the site's own goes, and its tickets need a map."""
    with unit_of_work() as session:
        create_status(session, replace(TRIAGE, label="in progress"), actor=desk.admin)
    number = desk.ticket()
    _step(number, "site.in_progress", desk)
    with reading() as session:
        planned = plan_preset(session, "request_flow", {}, actor=SYSTEM)
    assert planned.unmapped == ("site.in_progress",)
    assert planned.moves["site.in_progress"] == "request_flow.in_progress"
    _change("request_flow", dict(planned.moves))
    assert _ticket(number).status_key == "request_flow.in_progress"


def test_what_does_not_run_just_now_follows_too(desk: Desk) -> None:
    """The status of a disabled application keeps its way back."""
    with unit_of_work() as session:
        session.add(Status(key="courier.away", label="Away", category="paused", is_system=True, position=90,
                           finish_target="service_desk.resolved"))  # fmt: skip
        session.flush()
        session.add(StatusTransition(source="courier.away", target="service_desk.open"))
    _change("support_center", TO_SUPPORT)
    with reading() as session:
        away = session.scalars(select(Status).where(Status.key == "courier.away")).one()
        assert away.finish_target == "support_center.completed"
        steps = session.execute(select(StatusTransition.source, StatusTransition.target)).all()
    assert ("courier.away", "support_center.opened") in [tuple(step) for step in steps]


@pytest.mark.parametrize("many", [2 * BATCH + 7, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_full_desk_changes_in_batches(many: int, desk: Desk) -> None:
    """Every ticket, with as many statements as there are batches and progress for each of them."""
    number = desk.ticket()
    with reading() as session:
        row = session.get_one(Ticket, number)
        columns = [column.name for column in Ticket.__table__.columns if column.name not in ("id", "form_token")]
        values = {name: getattr(row, name) for name in columns}
    with unit_of_work() as session:
        session.execute(Ticket.__table__.insert(), [values] * (many - 1))
    seen: list[tuple[int, int]] = []
    with count_queries() as statements, unit_of_work() as session:
        change_preset(session, "support_center", TO_SUPPORT, actor=SYSTEM, progress=lambda *told: seen.append(told))
        assert len(session.identity_map) < BATCH + 200, "what was written is let go of"
    assert seen[-1] == (many, many)
    assert len(seen) == -(-many // BATCH)
    with reading() as session:
        assert tickets_by_status(session) == {"support_center.opened": many}
        events = session.scalar(select(func.count()).where(EventRow.name == "ticket.status_mapped"))
        assert events == many
    others = [one for one in statements if not one.startswith("INSERT INTO event")]
    assert len(others) < 150 + 8 * len(seen)


def test_a_file_with_a_map_takes_the_tickets_along(desk: Desk) -> None:
    """What ``config preset`` does for a preset, ``config apply --map`` does for a whole configuration."""
    number = desk.ticket()
    with unit_of_work() as session:
        moves = {"service_desk.open": "request_flow.in_progress"}
        apply_configuration(session, load_preset("request_flow"), actor=SYSTEM, given=moves)
    assert _ticket(number).status_key == "request_flow.in_progress"
    assert render(_configuration()) == render(load_preset("request_flow"))


def test_who_may_put_back_to_new_may_do_so_after_the_change(desk: Desk) -> None:
    """CR-09: the right of a step comes with the preset, for the roles that the preset gives it."""
    _change("lead_desk", {})
    roles = _configuration().roles
    assert roles["core.lead"].grants["core:ticket:return_to_new"] == "all"
    assert "core:ticket:return_to_new" not in roles["core.specialist"].grants
