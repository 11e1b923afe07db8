"""What the tests of live pages share: a helpdesk that really serves, and pages that really connect."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from helpdesk_core.testing import Desk, sign_in
from helpdesk_core.toolkit import Actor
from helpdesk_push.testing import OpenPage, open_page

Enter = Callable[..., OpenPage]


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in browser: its client, and its cookie for sockets."""

    client: FlaskClient
    cookie: str


def visit(app: Flask, actor: Actor) -> Visit:
    """Sign *actor* in to *app*."""
    client = app.test_client()
    sign_in(app, client, actor)
    name = str(app.config["SESSION_COOKIE_NAME"])
    found = client.get_cookie(name)
    return Visit(client, f"{name}={found.value if found is not None else ''}")


@pytest.fixture
def address(app: Flask, desk: Desk) -> Iterator[str]:
    """Where the app answers, served by threads of this process; its sockets are closed at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def come(app: Flask) -> Callable[[Actor], Visit]:
    """Sign a person in; returns their browser session."""
    return lambda actor: visit(app, actor)


@pytest.fixture
def enter(app: Flask, address: str) -> Iterator[Enter]:
    """Open a live page of a person: ``enter(actor, place="ticket", ticket=7)``."""
    pages: list[OpenPage] = []

    def opened(who: Actor | Visit, **hello: object) -> OpenPage:
        visitor = who if isinstance(who, Visit) else visit(app, who)
        page = open_page(address, visitor.cookie, hello or {"place": "list"})
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
    for page in pages:
        page.wait_for_end()
