"""The hooks of work outside requests, with a plugin that is really installed."""

from __future__ import annotations

import sys

import pytest
from flask import Flask

from helpdesk_core.db.session import reading, unit_of_work
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
