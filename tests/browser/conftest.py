"""A running helpdesk and a real browser."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from helpdesk_core.db.session import unit_of_work
from helpdesk_core.testing.desk import Desk, build_desk
from helpdesk_core.users.models import UserAccount
from helpdesk_core.users.passwords import hash_password

PASSWORD = "correct horse battery staple"


def _chromium() -> str:
    found = os.environ.get("HELPDESK_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "no Chromium: install the package chromium, or set HELPDESK_TEST_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once."""
    path = _chromium()
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def desk(app: Flask) -> Desk:
    """People of every role, each with a login named after the role."""
    hashed = hash_password(PASSWORD)
    with app.app_context():
        desk = build_desk()
        with unit_of_work() as session:
            for login in ("admin", "lead", "insider", "outsider"):
                session.add(_account(login, hashed, employee_id=getattr(desk, login).id))
            for login in ("customer", "stranger"):
                session.add(_account(login, hashed, contact_id=getattr(desk, login).id))
        return desk


def _account(login: str, hashed: str, **person: int) -> UserAccount:
    from helpdesk_core.db.types import utcnow

    return UserAccount(login=login, password_hash=hashed, created_at=utcnow(), **person)


@pytest.fixture
def address(app: Flask, desk: Desk) -> Iterator[str]:
    """Where the app answers, served by threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


class Visitor:
    """One person's browser window, signed in; errors on the console fail the test at the end."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1360, theme: str = "light") -> None:
        self.context = browser.new_context(
            base_url=address,
            locale="en-GB",
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",  # nothing is looked at half way
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._note(message))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: Any) -> None:
        # The browser notes each refused request; that the refusal is said is what the tests look at.
        refused = "status of 409" in message.text or "status of 422" in message.text
        if message.type == "error" and not refused:
            self.complaints.append(message.text)

    def sign_in(self, login: str) -> Page:
        """Sign in as *login* and return the page."""
        self.page.goto("/login")
        self.page.locator("input[name=login]").fill(login)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self.page


@pytest.fixture
def visitors(chromium: Browser, address: str) -> Iterator[Any]:
    """Makes browser windows of different people."""
    opened: list[Visitor] = []

    def visitor(login: str) -> Page:
        window = Visitor(chromium, address)
        opened.append(window)
        return window.sign_in(login)

    yield visitor
    for window in opened:
        window.context.close()
    complaints = [text for window in opened for text in window.complaints]
    assert complaints == []
