"""The hooks of work outside requests, with a plugin that is really installed."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from helpdesk_core.contract.errors import Invalid
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.deliveries import importing
from helpdesk_core.testing import Desk, run_jobs
from helpdesk_core.tickets.commands import AddComment
from helpdesk_core.tickets.comments import add_comment, edit_comment
from helpdesk_core.tickets.services import get_ticket
from helpdesk_core.toolkit import enqueue

pytestmark = [pytest.mark.helpdesk(plugins=["visit_log"]), pytest.mark.usefixtures("visit_log")]


def notes(ticket_id: int) -> list[str]:
    services = sys.modules["helpdesk_visit_log.services"]
    with reading() as session:
        found: list[str] = services.notes_of(session, ticket_id)
        return found


def test_hook_register_jobs_lets_the_plugin_ask_for_work(app: Flask, desk: Desk) -> None:
    ticket_id = desk.ticket()
    before = notes(ticket_id)
    with unit_of_work() as session:
        assert enqueue(session, "visit_log.remind", {"ticket_id": ticket_id})
    assert run_jobs(app) == 1
    added = notes(ticket_id)[len(before) :]
    assert [text.partition(" ")[0] for text in added] == ["reminder"]


def test_hook_register_subscribers_tells_the_plugin_what_was_committed(app: Flask, desk: Desk) -> None:
    ticket_id = desk.ticket()
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin)
        comment = add_comment(session, ticket, AddComment(body="Before", internal=False), actor=desk.admin)
        edit_comment(session, comment.id, "After", actor=desk.admin)
    assert run_jobs(app) == 1
    assert notes(ticket_id)[-1].startswith("heard comment.edited #")


@pytest.fixture
def overheard() -> list[list[int]]:
    services: Any = sys.modules["helpdesk_visit_log.services"]
    services.OVERHEARD.clear()
    heard: list[list[int]] = services.OVERHEARD
    return heard


def test_hook_register_listeners_tells_the_plugin_right_after_the_commit_and_once(
    desk: Desk, overheard: list[list[int]]
) -> None:
    """T-46: nothing is told while a change may still be taken back."""
    ticket_id = desk.ticket()
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin)
        add_comment(session, ticket, AddComment(body="One", internal=False), actor=desk.admin)
        add_comment(session, ticket, AddComment(body="Two", internal=True), actor=desk.admin)
        session.flush()
        assert overheard == []
    assert [len(events) for events in overheard] == [2]


def test_a_listener_hears_nothing_of_what_was_rolled_back_or_imported(desk: Desk, overheard: list[list[int]]) -> None:
    """T-46."""
    ticket_id = desk.ticket()
    with pytest.raises(Invalid):
        desk.comment(ticket_id, "")
    with suppress(ZeroDivisionError), unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin)
        add_comment(session, ticket, AddComment(body="One", internal=False), actor=desk.admin)
        raise ZeroDivisionError
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin)
        saved = session.begin_nested()
        add_comment(session, ticket, AddComment(body="Two", internal=False), actor=desk.admin)
        session.flush()
        saved.rollback()
        with importing(session):
            add_comment(session, ticket, AddComment(body="Three", internal=False), actor=desk.admin)
    assert overheard == []
    desk.comment(ticket_id, "Four")
    assert len(overheard) == 1


def test_a_listener_that_fails_is_counted_and_the_change_stays(
    app: Flask, desk: Desk, overheard: list[list[int]]
) -> None:
    ticket_id = desk.ticket()
    comment_id = desk.comment(ticket_id, "Heard by nobody", actor=replace(desk.admin, label="Mallory"))
    assert comment_id
    assert len(overheard) == 1
    failures = app.extensions["helpdesk"].statistics.of("visit_log", "listener visit_log.ear").failures
    assert failures == 1
