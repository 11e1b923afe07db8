"""A database of its own for every test, apps on it, and a workshop for plugins."""

from __future__ import annotations

import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, make_url, text

from helpdesk_core.db import migrate
from helpdesk_core.db.base import metadata
from helpdesk_core.extensions import limiter
from helpdesk_core.testing.apps import dispose, make_app, server_url, temporary_database
from tests.core.plugin_life.made import Workshop

Start = Callable[..., Flask]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """Where plugins are made; what a test imported of them is forgotten."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    made = Workshop(site=site)
    yield made
    forget(made)


def forget(workshop: Workshop) -> None:
    """Forget the made plugins that were imported, and their tables."""
    for name in [name for name in sys.modules if name.startswith("made_")]:
        del sys.modules[name]
    for table in [
        name for name in metadata.tables if name.startswith(tuple(f"{one}_" for one in workshop.made) or "-")
    ]:
        metadata.remove(metadata.tables[table])


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with the core's tables and defaults, which is only ever copied."""
    folder = tmp_path_factory.mktemp("template")
    with temporary_database(folder, server=server_url()) as address:
        app = make_app(address, folder / "data")
        migrate.upgrade(app)
        dispose(app)
        yield address


@pytest.fixture
def url(tmp_path: Path, migrated: str) -> Iterator[str]:
    """The address of a migrated database of this test alone."""
    server = server_url()
    if server is None:
        shutil.copyfile(str(make_url(migrated).database), tmp_path / "helpdesk.db")
        yield f"sqlite:///{tmp_path / 'helpdesk.db'}"
        return
    name = f"helpdesk_life_{uuid.uuid4().hex[:12]}"
    on_server(server, f"CREATE DATABASE {name} TEMPLATE {make_url(migrated).database}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def on_server(server: str, statement: str) -> None:
    """Send one statement to the tests' server."""
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


@pytest.fixture
def start(url: str, tmp_path: Path, workshop: Workshop) -> Iterator[Start]:
    """Make an app as a process of the helpdesk that starts now would: ``start(HELPDESK_PLUGINS="alpha")``."""
    apps: list[Flask] = []

    def started(**config: Any) -> Flask:
        app = make_app(url, tmp_path / "data", config={"TESTING": False, **config})
        app.testing = True
        apps.append(app)
        return app

    yield started
    for app in apps:
        dispose(app)


@pytest.fixture(autouse=True)
def limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """The limiter counts for the app that was made last: give it back to the shared one."""
    yield
    limiter.reset()
