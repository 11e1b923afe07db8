"""Every page there is, looked at: wide enough, readable, named, without a complaint on the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.fields.models import CustomField
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.mail.last_word import last_word_token
from helpdesk_core.settings.entries import KINDS
from helpdesk_core.statuses.models import Status
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.comments import edit_comment
from helpdesk_core.tickets.models import CannedAnswer, CannedGroup, Priority
from helpdesk_core.wording.words import digest_of
from tests.browser.conftest import Visitor
from tests.browser.looking import faint, nameless, paths, sideways, small_targets, unseen_focus
from tests.core.inbound.letters import mail_of

pytestmark = [
    pytest.mark.browser,
    # A page that is left early leaves a picture half sent; the server's file is then closed by the collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"),
]

_LONG = "A-subject-without-a-single-space-" * 6


@pytest.fixture
def values(app: Flask, desk: Desk) -> dict[str, list[Any]]:
    """What stands for the arguments of addresses: a desk with something on each page."""
    with app.app_context():
        ticket = desk.ticket(
            subject="Till prints nothing", description="It **worked** yesterday.", group_id=desk.group_id
        )
        desk.ticket(subject=_LONG[:250])
        said = desk.comment(ticket, "We are on our way.\n\n" + "https://example.test/" + "a" * 150)
        desk.comment(ticket, "The key is under the mat.", internal=True)
        desk.comment(ticket, "Thank you!", actor=desk.customer)
        with unit_of_work() as session:
            edit_comment(session, said, "We are on our way, at two.", actor=desk.admin)
            field = CustomField(key="serial", label="Serial number", kind="text")
            group = CannedGroup(name="Closing")
            session.add_all((field, group))
            session.flush()
            answer = CannedAnswer(group_id=group.id, title="Solved", body="Please check.")
            session.add(answer)
        solved = desk.ticket(subject="Paper is in", status_key="service_desk.resolved")
        signed = last_word_token(solved, desk.customer.id or 0)
        mail = mail_of(said, b"From: a@example.test\nSubject: Till\n\nIt prints nothing.")
        with reading() as session:
            priority = session.scalars(select(Priority.id)).first()
            status = session.scalars(select(Status.id)).first()
    return {
        "ticket_id": [ticket],
        "comment_id": [said],
        "company_id": [desk.company_id],
        "contact_id": [desk.customer.id],
        "employee_id": [desk.lead.id],
        "group_id": [desk.group_id],
        "status_id": [status],
        "kind": list(KINDS),
        "entry_id": [priority],
        "token": ["no-such-token"],
        "name": ["knowledge_base"],
        "preset": ["service_desk", "lead_desk"],
        "signed": [signed],
        "mail_id": [mail],
        "language": ["ms"],
        "digest": [digest_of(CORE, "status", "service_desk.open")],
    }


@pytest.fixture
def seen(
    app: Flask, chromium: Browser, address: str, values: dict[str, list[Any]]
) -> Iterator[Callable[..., list[tuple[Page, str]]]]:
    """Opens every page that a person may open, one after the other, in a window of a given width and theme."""
    windows: list[Visitor] = []

    def pages(login: str | None, *, width: int, theme: str = "light") -> Iterator[tuple[Page, str]]:
        window = Visitor(chromium, address, width=width, theme=theme)
        windows.append(window)
        if login:
            window.sign_in(login)
        own = paths(app, values) if login else ["/login", "/forgot"]
        extra = (
            ["/tickets?open=yes&q=nothing-like-this", "/tickets?status=service_desk.open", "/my?show=all"]
            if login
            else []
        )
        tabs = [f"/tickets/{values['ticket_id'][0]}?tab={tab}" for tab in ("history", "internal")] if login else []
        for path in (*own, *extra, *tabs):
            answer = window.page.goto(path)
            assert answer is not None
            kind = answer.headers.get("content-type", "")
            # What is not this reader's answers 403 or 404: an error page, which has to look right as well.
            window.complaints = [text for text in window.complaints if "status of 40" not in text]
            if kind.startswith("text/html"):
                yield window.page, path

    yield pages  # type: ignore[misc]
    for window in windows:
        window.context.close()
    assert [text for window in windows for text in window.complaints] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("login", [None, "admin", "customer"])
def test_no_page_is_wider_than_a_phone_and_every_control_fits_a_finger(
    seen: Any, login: str | None, theme: str
) -> None:
    """At 390 pixels, and with nothing on the console: a blocked style or script would be there."""
    wide, small = {}, {}
    for page, path in seen(login, width=390, theme=theme):
        if pixels := sideways(page):
            wide[path] = pixels
        if theme == "light" and (targets := small_targets(page, 40)):
            small[path] = targets
    assert wide == {}
    assert small == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("login", [None, "admin", "insider", "customer"])
def test_every_text_can_be_read_and_every_control_has_a_name_and_shows_its_focus(
    seen: Any, login: str | None, theme: str
) -> None:
    """WCAG AA: contrast of 4.5 (3 for large text); a name as Chromium computes it; a focus that one sees."""
    weak, unnamed, unseen = {}, {}, {}
    for page, path in seen(login, width=1440, theme=theme):
        if texts := faint(page):
            weak[path] = texts
        if controls := nameless(page):
            unnamed[path] = controls
        if controls := unseen_focus(page):
            unseen[path] = controls
    assert weak == {}
    assert unnamed == {}
    assert unseen == {}
