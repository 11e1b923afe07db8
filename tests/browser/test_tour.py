"""A working day in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from helpdesk_core.testing.desk import Desk, journal

pytestmark = [
    pytest.mark.browser,
    # A page that is left early leaves a picture half sent; the server's file is then closed by the collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"),
]


def test_a_specialist_takes_answers_notes_attaches_and_resolves(
    app: Flask, desk: Desk, visitors: Callable[[str], Page], tmp_path: Path
) -> None:
    """OK-062, OK-069, OK-070, OK-071, OK-205, PY-03, PY-26, PY-29, T-11."""
    with app.app_context():
        ticket_id = desk.ticket(subject="Receipt printer feeds blank paper", group_id=desk.group_id)
    page = visitors("insider")
    page.goto("/tickets")
    page.locator(f"[data-ticket='{ticket_id}'] [data-row-link]").first.click()
    page.wait_for_url(lambda url: f"/tickets/{ticket_id}" in url)

    composer = page.locator("[data-composer]")
    composer.locator("textarea").fill("We are on our way with a new print head.")
    composer.locator("[data-send=send]").click()
    expect(page.locator("li.entry:not(.entry-note)")).to_contain_text("new print head")

    composer = page.locator("[data-composer]")
    composer.locator("label[for=visibility-internal]").click()
    composer.locator("textarea").fill("CANARY-note: third time this month")
    composer.locator("[data-send=send]").click()
    expect(page.locator("li.entry-note")).to_contain_text("CANARY-note")

    photo = tmp_path / "print-head.txt"
    photo.write_text("serial 4711")
    composer = page.locator("[data-composer]")
    composer.locator("label[for=visibility-public]").click()
    composer.locator("input[type=file]").set_input_files(photo)
    composer.locator("textarea").fill("Replaced, see the file.")
    composer.locator("[data-send=finish]").click()
    expect(page.locator("[data-status='service_desk.resolved']").first).to_be_visible()
    expect(page.locator("body")).to_contain_text("print-head.txt")
    with app.app_context():
        assert journal(ticket_id) == [
            "ticket.created",
            "comment.added",
            "comment.added",
            "comment.added",
            "ticket.transitioned",
        ]

    customer = visitors("customer")
    customer.goto(f"/my/{ticket_id}")
    expect(customer.locator("body")).to_contain_text("new print head")
    expect(customer.locator("body")).to_contain_text("print-head.txt")
    assert "CANARY" not in customer.content()
    stranger = visitors("stranger")
    answer = stranger.request.get(f"/my/{ticket_id}")
    assert answer.status == 404
