"""Subscribers hear of what was committed, once, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.deliveries import importing
from helpdesk_core.jobs.models import Job
from helpdesk_core.jobs.runner import Runner
from helpdesk_core.testing import Desk
from helpdesk_core.toolkit import AddComment, CreateTicket, add_comment, create_ticket, delete_ticket, get_ticket
from tests.core.jobs.courier import CourierPlugin, effects
from tests.core.jobs.waiting import until

pytestmark = pytest.mark.helpdesk(plugins=[CourierPlugin])


def waiting() -> int:
    with reading() as session:
        return len(session.scalars(select(Job)).all())


def test_a_subscriber_hears_of_committed_events_with_their_audience(
    app: Flask, desk: Desk, folder: Path, run_jobs: Callable[[], Runner]
) -> None:
    with unit_of_work() as session:
        ticket = create_ticket(session, CreateTicket(subject="Till is dead"), actor=SYSTEM)
        number = ticket.id
        add_comment(session, ticket, AddComment(body="Between us", internal=True), actor=desk.admin)
    assert waiting() == 2
    run_jobs()
    until(lambda: not waiting())
    assert sorted(effects(folder)) == [f"comment.added {number} internal", f"ticket.created {number} customer"]


def test_nothing_is_heard_of_what_was_rolled_back(app: Flask, desk: Desk) -> None:
    with suppress(ZeroDivisionError), unit_of_work() as session:
        create_ticket(session, CreateTicket(subject="Never"), actor=SYSTEM)
        raise ZeroDivisionError
    with unit_of_work() as session:
        create_ticket(session, CreateTicket(subject="One"), actor=SYSTEM)
        savepoint = session.begin_nested()
        create_ticket(session, CreateTicket(subject="Taken back"), actor=SYSTEM)
        savepoint.rollback()
    assert waiting() == 1


def test_an_import_is_not_announced(app: Flask, desk: Desk) -> None:
    with unit_of_work() as session, importing(session):
        create_ticket(session, CreateTicket(subject="From elsewhere"), actor=SYSTEM)
    assert waiting() == 0


def test_a_delivery_outlives_its_ticket(app: Flask, desk: Desk, folder: Path, run_jobs: Callable[[], Runner]) -> None:
    number = desk.ticket()
    assert waiting() == 1
    with unit_of_work() as session:
        delete_ticket(session, get_ticket(session, number, actor=desk.admin), actor=desk.admin)
    run_jobs()
    until(lambda: not waiting())
    assert effects(folder) == []
