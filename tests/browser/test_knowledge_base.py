"""The knowledge base in a real browser: what its own script does, under the strict content security policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from helpdesk_core.testing.desk import Desk
from helpdesk_knowledge_base.models import Right
from helpdesk_knowledge_base.testing import Shelf

pytestmark = [pytest.mark.browser, pytest.mark.helpdesk(plugins=["knowledge_base"])]

ALL = tuple(Right)
PASTE = """(area) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10])], "cover.png", { type: "image/png" }));
  area.focus();
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def article(app: Any, desk: Desk) -> int:
    """An article that customers read, in a section that inherits."""
    with app.app_context():
        shelf = Shelf()
        top = shelf.section("Open", lead=ALL, contact=(Right.VIEW,))
        return shelf.article(shelf.section("Tills", top), "Till prints nothing", "Turn the **roll** over.")


def test_a_suggested_article_goes_into_the_reply_at_the_caret(
    app: Any, desk: Desk, article: int, visitors: Any
) -> None:
    with app.app_context():
        ticket = desk.ticket()
    page = visitors("lead")
    page.goto(f"/tickets/{ticket}")
    reply = page.locator("#composer-body")
    reply.fill("Good morning. ")
    page.locator("[data-kb-answer]").click()
    answer = rf"^Good morning. Turn the \*\*roll\*\* over.+/articles/{article}\)$"
    expect(reply).to_have_value(re.compile(answer, re.DOTALL))


def test_a_pasted_picture_is_sent_and_drawn(article: int, visitors: Any) -> None:
    page = visitors("lead")
    page.goto(f"/knowledge_base/articles/{article}/edit")
    area = page.locator("form[data-kb-editor] textarea")
    area.evaluate("(area) => { area.focus(); area.setSelectionRange(area.value.length, area.value.length); }")
    area.evaluate(PASTE)
    expect(area).to_have_value("Turn the **roll** over.\n\n![](cover.png)\n\n")
    page.locator('button[value="publish"]').click()
    page.wait_for_url(lambda url: url.endswith(f"/articles/{article}"))
    assert page.locator("[data-body] figure img").count() == 1
    assert page.locator("a[data-file]").inner_text().startswith("cover.png")


def test_rights_are_changed_with_the_keyboard(article: int, visitors: Any) -> None:
    """OK-155: unticking reveals the section's own rights."""
    page = visitors("lead")
    page.goto(f"/knowledge_base/articles/{article}")
    page.locator(".kb-side a[aria-current]").first.click()
    page.wait_for_url("**/sections/*")  # loaded: scripts listen
    page.locator("[data-action=rights]").press("Enter")
    inherits = page.locator("#kb-inherits")
    own = page.locator("#rights-dialog .kb-own")
    expect(inherits).to_be_visible()
    expect(inherits).to_be_checked()
    expect(own).to_be_hidden()
    inherits.press("Space")
    expect(own).to_be_visible()
    contact = page.locator('[data-role="core.contact"] input')
    expect(contact).to_be_checked()
    contact.press("Space")
    contact.press("Enter")
    expect(page.locator("#toasts .notice-success")).to_be_visible()
    customer = visitors("customer")
    customer.goto("/knowledge_base/")
    expect(customer.locator("[data-section]")).to_have_count(1)
    customer.goto("/knowledge_base/?q=till")
    expect(customer.locator("[data-hit]")).to_have_count(0)


def test_a_request_meets_its_answer_while_it_is_typed(article: int, visitors: Any) -> None:
    """OK-152: self-service."""
    page = visitors("customer")
    page.goto("/my/new")
    page.locator("#subject").press_sequentially("Till prints nothing")
    page.locator(f'[data-kb-deflect] [data-article="{article}"]').wait_for()
    page.goto(f"/knowledge_base/articles/{article}")
    page.locator('button[name=helpful][value="yes"]').click()
    page.wait_for_selector('button[value="yes"][aria-pressed="true"]')
