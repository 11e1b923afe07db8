"""Work without a mouse, from right to left, and from one ticket to the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from helpdesk_core.testing.desk import Desk, journal
from tests.browser.conftest import PASSWORD, Visitor

pytestmark = [
    pytest.mark.browser,
    # A page that is left early leaves a picture half sent; the server's file is then closed by the collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"),
]


def test_the_keyboard_alone_signs_in_finds_a_ticket_answers_and_sends(
    app: Flask, desk: Desk, chromium: Browser, address: str
) -> None:
    """OK-069: no click anywhere; the shortcuts are those that ``?`` lists."""
    with app.app_context():
        desk.ticket(subject="Older, below")
        ticket_id = desk.ticket(subject="Receipt printer feeds blank paper", group_id=desk.group_id)
    window = Visitor(chromium, address)
    page, keys = window.page, window.page.keyboard
    page.goto("/login")
    keys.type("insider")  # the first field has the focus already
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/inbox")
    keys.press("?")
    expect(page.locator("#shortcuts-dialog")).to_be_visible()
    keys.press("Escape")
    keys.press("g")
    keys.press("t")
    page.wait_for_url("**/tickets")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/tickets/{ticket_id}")
    keys.press("r")
    expect(page.locator("[data-composer-body]")).to_be_focused()
    keys.type("On our way.")
    keys.press("Control+Enter")
    expect(page.locator("li.entry")).to_contain_text("On our way.")
    page.wait_for_load_state()
    keys.press("i")
    expect(page.locator("#visibility-internal")).to_be_checked()
    expect(page.locator("[data-composer-body]")).to_be_focused()
    keys.type("Third time this month.")
    keys.press("Control+Enter")
    expect(page.locator("li.entry-note")).to_contain_text("Third time this month.")
    assert window.complaints == []
    window.context.close()
    with app.app_context():
        assert journal(ticket_id) == ["ticket.created", "comment.added", "comment.added"]


def test_a_card_leads_to_its_neighbours_in_the_list_one_came_from(
    app: Flask, desk: Desk, visitors: Callable[[str], Page]
) -> None:
    """The order is the list's as it was read, over the end of a page too."""
    with app.app_context():
        made = [desk.ticket(subject=f"Number {number}") for number in range(52)]
    newest = made[::-1]
    page = visitors("admin")
    page.goto("/tickets?sort=-number")
    page.locator(f"[data-ticket='{newest[48]}'] [data-row-link]").click()
    page.wait_for_url(f"**/tickets/{newest[48]}")
    page.locator("[data-neighbour='1']").click()
    page.wait_for_url(f"**/tickets/{newest[49]}")
    page.keyboard.press("j")  # the last of the page: the next page is fetched
    page.wait_for_url(f"**/tickets/{newest[50]}")
    page.keyboard.press("k")
    page.wait_for_url(f"**/tickets/{newest[49]}")
    assert "sort=-number" in (page.locator("[data-back]").get_attribute("href") or "")
    page.goto(f"/tickets/{made[0]}")
    expect(page.locator("[data-neighbours]")).to_be_hidden()  # not in the list one came from


def test_a_refused_value_is_said_at_its_row_and_nothing_else_is_lost(
    app: Flask, desk: Desk, visitors: Callable[[str], Page]
) -> None:
    """The reply being written stays; what was refused is not in the history."""
    with app.app_context():
        ticket_id = desk.ticket()
    page = visitors("admin")
    page.goto(f"/tickets/{ticket_id}")
    page.locator("[data-composer-body]").fill("Half a sentence")
    row = page.locator("[data-property='assignee'] select")
    row.evaluate("one => { one.add(new Option('Nobody we know', 'e999999')); one.value = 'e999999'; "
                 "one.dispatchEvent(new Event('change', { bubbles: true })); }")  # fmt: skip
    expect(page.locator("[data-errors-of='assignee']")).to_be_visible()
    assert page.url.endswith(f"/tickets/{ticket_id}")
    expect(page.locator("[data-composer-body]")).to_have_value("Half a sentence")
    with app.app_context():
        assert journal(ticket_id) == ["ticket.created"]


def test_an_unsent_reply_waits_in_the_browser_until_it_arrives(
    app: Flask, desk: Desk, visitors: Callable[[str], Page]
) -> None:
    with app.app_context():
        ticket_id = desk.ticket()
    page = visitors("admin")
    page.goto(f"/tickets/{ticket_id}")
    page.locator("[data-composer-body]").press_sequentially("We shall come")
    page.wait_for_timeout(600)
    page.goto("/inbox")
    page.goto(f"/tickets/{ticket_id}")
    expect(page.locator("[data-composer-body]")).to_have_value("We shall come")
    page.locator("[data-send=send]").click()
    expect(page.locator("li.entry")).to_contain_text("We shall come")
    page.goto(f"/tickets/{ticket_id}")
    expect(page.locator("[data-composer-body]")).to_have_value("")


def test_right_to_left_turns_the_whole_page_round(app: Flask, desk: Desk, visitors: Callable[[str], Page]) -> None:
    with app.app_context():
        desk.ticket(subject="Till prints nothing")
    page = visitors("admin")
    page.goto("/tickets")
    left = page.locator(".sidebar").bounding_box()
    assert left is not None
    assert left["x"] == 0
    page.locator("[data-user-menu]").click()
    page.locator("#menu-language").select_option("ar")
    page.wait_for_selector("html[dir=rtl][lang=ar]")
    page.goto("/tickets")
    right = page.locator(".sidebar").bounding_box()
    assert right is not None
    assert right["x"] + right["width"] == 1360
    menu = page.locator("[data-user-menu]").bounding_box()
    assert menu is not None
    assert menu["x"] < 200
    box = page.locator("[data-row] [data-select]").first.bounding_box()
    subject = page.locator("[data-row] [data-row-link]").first.bounding_box()
    assert box is not None
    assert subject is not None
    assert box["x"] > subject["x"]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
