"""The demonstration in a real database."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.access.catalog import role_catalog
from helpdesk_core.access.policy import visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.demo.services import demo_logins, holds_demo, is_loaded, load_demo
from helpdesk_core.events.models import EventRow
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.models import Attachment, Comment, Ticket, TicketLink
from helpdesk_core.users.models import Employee, UserAccount
from helpdesk_core.users.passwords import password_matches


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


class Stopped(Exception):
    """The demonstration is broken off."""


def total(model: type[object]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def totals() -> tuple[int, ...]:
    return tuple(total(model) for model in (Ticket, Comment, Attachment, TicketLink, EventRow, Employee))


def quiet(part: str, done: int, of: int) -> None:
    """Nobody watches."""


def test_broken_off_anywhere_it_goes_on_and_ends_whole_then_a_second_start_is_quick() -> None:
    def stop(part: str, done: int, of: int) -> None:
        if (part, done) in {("incidents", 900), ("tickets", 24)} and (part, done) not in stops:
            stops.append((part, done))
            raise Stopped

    stops: list[tuple[str, int]] = []
    for _ in range(2):
        with pytest.raises(Stopped):
            load_demo(stop)
        assert holds_demo()
        assert not is_loaded()
    load_demo(stop)
    assert is_loaded()
    loaded = totals()
    assert loaded[:4] == (445 + 47, 166, 12, 3)

    started = time.perf_counter()
    assert is_loaded()
    assert time.perf_counter() - started < 0.5
    load_demo(quiet)
    assert totals() == loaded

    _the_four_logins_work()
    _nothing_happened_in_the_future()
    with reading() as session:
        stored = list(session.execute(select(Attachment.stored_name, Attachment.size)))
    assert {name for name, _ in stored} == storage().names(), "no file is lost, none is left over"
    for name, size in stored:
        with storage().open(name) as file:
            assert len(file.read()) == size


def _the_four_logins_work() -> None:
    expected = {"administrator": "core.administrator", "lead": "core.lead", "specialist": "core.specialist"}
    assert [login.role for login in demo_logins()] == [*expected, "customer"]
    with reading() as session:
        for login in demo_logins():
            account = session.scalars(select(UserAccount).where(UserAccount.login == login.login)).one()
            assert password_matches(login.password, account.password_hash)
            if account.employee_id is not None:
                assert role_catalog().of_employee[account.employee_id] == (expected[login.role],)
                actor = Actor(ActorKind.EMPLOYEE, account.employee_id, login.name)
            else:
                actor = Actor(ActorKind.CONTACT, account.contact_id, login.name)
            seen = session.scalar(select(func.count()).select_from(visible(select(Ticket.id), actor).subquery()))
            assert (seen or 0) >= 4, f"the {login.role} would see an empty list"


def _nothing_happened_in_the_future() -> None:
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket).where(Ticket.updated_at > utcnow())) == 0
        assert session.scalar(select(func.count()).select_from(EventRow).where(EventRow.occurred_at > utcnow())) == 0
        late = select(func.count()).select_from(Ticket).where(Ticket.due_at < utcnow(), Ticket.solved_at.is_(None))
        assert (session.scalar(late.where(Ticket.closed_at.is_(None))) or 0) > 5


def test_a_database_in_use_is_left_alone() -> None:
    with unit_of_work() as session:
        session.add(Employee(name="Somebody real", created_at=utcnow()))
    with pytest.raises(Rejected, match="wants an empty one"):
        load_demo(quiet)
    assert (total(Employee), total(Ticket)) == (1, 0)
    assert not holds_demo()
