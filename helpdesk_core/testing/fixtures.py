"""The fixtures of tests for the core and for plugins: pytest finds them wherever ``helpdesk-core`` is installed.

``@pytest.mark.helpdesk(plugins=["knowledge_base"])`` on a test, class or module chooses the plugins of ``app``;
``config={...}`` its configuration, ``preset="lead_desk"`` the statuses that its desk begins with, ``words="renamed"``
calls everything otherwise. Everything is imported on first use, so that other projects' tests pay nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

_SEED = "HELPDESK_TEST_RENAMED_SEED"

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from helpdesk_core.testing.apps import Site
    from helpdesk_core.testing.clock import Clock
    from helpdesk_core.testing.desk import Desk, DeskOf
    from helpdesk_core.testing.factories import Login, MakeContact, MakeEmployee, MakeTicket
    from helpdesk_core.testing.mail import MailSink
    from helpdesk_core.testing.recorder import HookCalls

_MARKS = (
    "helpdesk(plugins=(), config={}, preset=..., words=...): what this test's application is made with",
    "wording: asserts what texts say; left out where HELPDESK_TEST_RENAMED=1 has every word called otherwise",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and let every process of the run say the same random words."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    if _renamed():
        from helpdesk_core.testing.renaming import chosen_seed

        chosen_seed()


def pytest_report_header() -> list[str]:
    """Tell what the random words are made from."""
    return [f"renamed: {_SEED}={os.environ[_SEED]}"] if _renamed() else []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests out that assert wording, where every word is called otherwise."""
    if not _renamed():
        return
    left = [item for item in items if item.get_closest_marker("wording")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("wording")]


def _renamed() -> bool:
    return os.environ.get("HELPDESK_TEST_RENAMED", "0") not in ("", "0")


class _Sites:
    """The sites of this run, made when a test first asks for them."""

    def __init__(self, folders: pytest.TempPathFactory, stack: ExitStack) -> None:
        self._folders = folders
        self._stack = stack
        self._open: dict[str, Site] = {}

    def get(
        self, plugins: tuple[Any, ...] = (), config: dict[str, Any] | None = None, words: str | None = None
    ) -> Site:
        from helpdesk_core.testing.apps import open_site, server_url
        from helpdesk_core.testing.renaming import wanted_words

        words = words or wanted_words()
        # Two classes of one name, made in two tests, are two plugins.
        named = [one if isinstance(one, str) else id(one) for one in plugins]
        key = repr((named, sorted((config or {}).items()), words))
        if key not in self._open:
            folder = self._folders.mktemp("helpdesk")
            opened = open_site(folder, plugins=plugins, config=config, server=server_url(), words=words)
            self._open[key] = self._stack.enter_context(opened)
        return self._open[key]


@pytest.fixture(scope="session")
def helpdesk_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Sites]:
    """The applications of this run by plugins and configuration; tests take ``app``, which is clean."""
    with ExitStack() as stack:
        yield _Sites(tmp_path_factory, stack)


@pytest.fixture(scope="session")
def database_url(helpdesk_sites: _Sites) -> str:
    """The address of the database that ``app`` has where no plugins are asked for."""
    return helpdesk_sites.get().url


@pytest.fixture
def app(request: pytest.FixtureRequest, helpdesk_sites: _Sites) -> Iterator[Flask]:
    """The application on a clean database, with the plugins and the configuration of the marker ``helpdesk``."""
    from helpdesk_core.testing.apps import dispose

    marker = request.node.get_closest_marker("helpdesk")
    wanted = marker.kwargs if marker is not None else {}
    config = dict(wanted.get("config") or {})
    if "preset" in wanted:
        config["HELPDESK_PRESET"] = wanted["preset"]
    site = helpdesk_sites.get(tuple(wanted.get("plugins", ())), config or None, wanted.get("words"))
    site.clean()
    before = dict(site.app.config)
    yield site.app
    site.app.config.clear()
    site.app.config.update(before)
    dispose(site.app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that has not signed in."""
    return app.test_client()


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    """People of every role in the database, with the app's context open."""
    from helpdesk_core.testing.desk import build_desk

    with app.app_context():
        yield build_desk()


@pytest.fixture
def desk_of(helpdesk_sites: _Sites) -> DeskOf:
    """Open a clean desk that began with a preset: ``with desk_of("lead_desk") as (app, desk):``."""
    from helpdesk_core.testing.desk import opener_of_desks

    return opener_of_desks(helpdesk_sites.get)


@pytest.fixture
def make_employee(app: Flask) -> MakeEmployee:
    """Add an employee with a login and a role: ``make_employee("Ada", role="core.administrator")``."""
    from helpdesk_core.testing.factories import employee_maker

    return employee_maker(app)


@pytest.fixture
def make_contact(app: Flask) -> MakeContact:
    """Add a contact; ``with_login=True`` lets him into the portal."""
    from helpdesk_core.testing.factories import contact_maker

    return contact_maker(app)


@pytest.fixture
def make_ticket(app: Flask) -> MakeTicket:
    """Register a ticket as the system, without going through a page; returns its id."""
    from helpdesk_core.testing.factories import ticket_maker

    return ticket_maker(app)


@pytest.fixture
def login(app: Flask) -> Login:
    """Sign a client in as an employee or a contact that has a login: ``login(client, employee)``."""
    from helpdesk_core.testing.factories import login_of_rows

    return login_of_rows(app)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands still until the test moves it: ``clock.advance(hours=2)``."""
    from helpdesk_core.testing.clock import stopped_clock

    with stopped_clock() as clock:
        yield clock


@pytest.fixture
def mailbox(app: Flask) -> Iterator[MailSink]:
    """The mails that the app sends, through real SMTP on this machine."""
    from helpdesk_core.testing.mail import open_mail_sink

    with open_mail_sink(app) as sink:
        yield sink


@pytest.fixture
def hook_calls() -> Iterator[HookCalls]:
    """The calls of hooks during the test, with their arguments: ``hook_calls.of("helpdesk_ticket_created")``."""
    from helpdesk_core.testing.recorder import record_hook_calls

    with record_hook_calls() as calls:
        yield calls
