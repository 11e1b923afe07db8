"""Settings of statuses in a browser: colours, the default and the matrix, by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from helpdesk_core.db.session import db, reading
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.testing.desk import Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"),
]


def test_colours_default_order_and_steps_by_keyboard(app: Flask, desk: Desk, visitors: Callable[[str], Page]) -> None:
    """UR-05, UR-09, OK-216: what is too pale is said at once and mended by a press; nothing needs a mouse."""
    page = visitors("admin")
    page.goto("/settings/statuses")
    page.locator('[data-status-row="service_desk.open"] a').focus()
    page.keyboard.press("Enter")
    page.locator("input[name=foreground]").fill("#93c5fd")
    fix = page.locator("[data-colours-fix]")
    expect(fix).to_be_visible()
    fix.focus()
    page.keyboard.press("Enter")
    expect(fix).to_be_hidden()
    chosen = page.locator("input[name=foreground]").input_value()
    page.locator("form[data-colours] .btn-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/statuses")
    page.locator('[data-status-row="service_desk.resolved"] [name=direction][value=up] + button').focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**moved=**")
    expect(page.locator("button:focus")).to_have_count(1)
    page.goto("/settings/statuses/steps")
    box = page.locator('input[value="service_desk.open service_desk.resolved"]')
    box.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('input[value="service_desk.open service_desk.postponed"]')).to_be_focused()
    page.keyboard.press("ArrowRight")
    other = page.locator('input[value="service_desk.open service_desk.closed"]')
    expect(other).to_be_focused()
    page.keyboard.press("Space")
    expect(other).to_be_checked()
    page.locator(".sticky-actions .btn-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(other).to_be_checked()
    with app.app_context(), reading():
        catalog = status_catalog()
        assert catalog.by_key["service_desk.open"].foreground == chosen
        assert [one.key.partition(".")[2] for one in catalog.ordered] == ["open", "resolved", "postponed", "closed"]
        assert "service_desk.closed" in catalog.steps["service_desk.open"]
        db.session.remove()
