"""A desk in which every word of every language is called otherwise works as before (UR-10, T-02).

The long form runs all tests that assert no wording like this; see ``HELPDESK_TEST_RENAMED`` in the tests' reference.
"""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.i18n.terms import term
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.testing import Desk, MailSink, run_jobs, sign_in
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.queries import packaged_forms
from tests.core.wording.pages import DATA, customer_pages, filled, plain, read_page, speak, staff_pages

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base", "notifications"], words="renamed")

OPEN, RESOLVED, CLOSED = "service_desk.open", "service_desk.resolved", "service_desk.closed"
_TWICE = re.compile(r"&amp;(?:lt|gt|amp|quot|#\d+);|&#\d+;|&quot;")
_NAME = re.compile(r"[a-z][a-z0-9:._-]*")


def packaged(language: str) -> frozenset[str]:
    """What the program itself would say, without what is filled with values and what other languages share."""
    said = (form for word in inventory().words for form in packaged_forms(word, language) or word.texts)
    return frozenset(plain(form) for form in said if "%" not in form and len(form) > 3) - set(DATA)


def shows_the_programs_words(path: str) -> bool:
    """Translators see what they translate; presets and applications show themselves before they are chosen."""
    return path.startswith(("/settings/translations", "/settings/configuration", "/settings/applications"))


def wrong_on(html: str, ours: frozenset[str]) -> list[str]:
    """Packaged words, words escaped twice and words that became markup."""
    seen = read_page(html)
    texts = [plain(text) for text in seen.all()]
    found = [f"packaged: {text}" for text in texts if text in ours]
    found += [f"escaped twice: {text}" for text in texts if _TWICE.search(text)]
    found += [f"markup: {text}" for text in texts if "<b>" in text]
    return found + [f"attribute: {name}" for name in seen.names if not _NAME.fullmatch(name)]


@pytest.mark.parametrize("language", [code for code, _ in LANGUAGES])
def test_every_page_says_the_sites_words_and_nothing_else(
    app: Flask, client: FlaskClient, desk: Desk, language: str
) -> None:
    """UR-10, T-02: no page breaks, no word is unescaped or escaped twice, none of the program's own is left."""
    ticket = filled(desk)
    speak(desk, language)
    sign_in(app, client, desk.admin)
    ours = packaged(language)
    wrong = {}
    for path in staff_pages(desk, ticket):
        answer = client.get(path)
        assert answer.status_code == (404 if path == "/no-such-page" else 200), path
        if found := wrong_on(answer.text, ours - ours if shows_the_programs_words(path) else ours):
            wrong[path] = found
    assert wrong == {}
    with force_locale(language):
        labels = {term("status", one.key, one.label) for one in status_catalog().ordered}
        chosen = plain(term("status", OPEN))
    assert len(labels) < len(status_catalog().ordered)  # two statuses are called the same
    shown = [plain(text) for text in read_page(client.get("/settings/statuses").text).all()]
    assert {plain(one) for one in labels} <= set(shown)
    assert chosen in [plain(text) for text in read_page(client.get(f"/tickets/{ticket}").text).all()]


def test_a_ticket_lives_its_life_whatever_its_statuses_are_called(app: Flask, desk: Desk, mailbox: MailSink) -> None:
    """UR-10: created, answered, finished, confirmed; the filter and the search ask for keys; mails come."""
    staff, customer = app.test_client(), app.test_client()
    sign_in(app, staff, desk.admin)
    sign_in(app, customer, desk.customer)
    answer = customer.post("/my/new", data={"subject": "Scale shows ounces", "description": "Since today."})
    assert answer.status_code == 303
    number = int(answer.location.rpartition("/")[2])
    for form in ({"body": "On our way."}, {"body": "Done.", "then": "finish"}):
        answer = staff.post(f"/tickets/{number}/comments", data={"visibility": "public", **form})
        assert answer.status_code == 303
    for status, there in ((OPEN, False), (RESOLVED, True)):
        page = staff.get("/tickets", query_string={"status": status}).text
        assert ("Scale shows ounces" in page) is there, status
        exported = staff.get("/tickets/export.csv", query_string={"status": status})
        assert (b"Scale shows ounces" in exported.data) is there, status
        exported.close()
    assert "Scale shows ounces" in staff.get("/tickets", query_string={"q": "ounces"}).text
    for path in customer_pages(number):
        assert wrong_on(customer.get(path).text, packaged("en")) == [], path
    assert customer.post(f"/my/{number}/last-word", data={"say": "confirm"}).status_code == 303
    assert "Scale shows ounces" in staff.get("/tickets", query_string={"status": CLOSED}).text
    run_jobs(app)
    assert len(mailbox) > 0
    for mail in mailbox:
        html = mail.get_body(("html",))
        if html is not None:
            assert wrong_on(html.get_content(), packaged("en")) == []
