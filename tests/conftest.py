"""The app on a database of its own, on SQLite or on the server that ``HELPDESK_TEST_DATABASE_URL`` names."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from helpdesk_core.app import create_app
from helpdesk_core.db.session import db
from helpdesk_core.install import prepare_database

SERVER = "HELPDESK_TEST_DATABASE_URL"


def app_config(url: str, data: Path) -> dict[str, Any]:
    """The configuration of a test app."""
    return {
        "TESTING": True,
        "HELPDESK_DATABASE_URL": url,
        "HELPDESK_DATA_DIR": str(data),
        "HELPDESK_SECRET_KEY": "only for tests",
        "HELPDESK_MAIL_URL": "null://",
        "HELPDESK_PLUGINS": "",
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
    }


class _Databases:
    """Copies of one migrated database: files on SQLite, ``CREATE DATABASE ... TEMPLATE`` on PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        server = os.environ.get(SERVER)
        self.server = make_url(server).set(drivername="postgresql+psycopg") if server else None
        self.template = f"helpdesk_test_{uuid.uuid4().hex[:12]}"
        url = self._create(self.template, None)
        app = create_app(app_config(url, folder / "template"))
        prepare_database(app)
        with app.app_context():
            db.engine.dispose()

    def new(self) -> tuple[str, str]:
        """A fresh copy: its name and its URL."""
        name = f"helpdesk_test_{uuid.uuid4().hex[:12]}"
        return name, self._create(name, self.template)

    def drop(self, name: str) -> None:
        """Remove a database."""
        if self.server is not None:
            self._on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        else:
            for path in self.folder.glob(f"{name}.db*"):
                path.unlink(missing_ok=True)

    def _create(self, name: str, template: str | None) -> str:
        if self.server is None:
            path = self.folder / f"{name}.db"
            if template is not None:
                shutil.copy(self.folder / f"{template}.db", path)
            return f"sqlite:///{path}"
        self._on_server(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return self.server.set(database=name).render_as_string(hide_password=False)

    def _on_server(self, statement: str) -> None:
        assert self.server is not None
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Databases]:
    """The migrated template, made once per worker."""
    made = _Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.drop(made.template)


@pytest.fixture
def database_url(databases: _Databases) -> Iterator[str]:
    """A fresh database for one test."""
    name, url = databases.new()
    yield url
    databases.drop(name)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A helpdesk on a fresh database."""
    app = create_app(app_config(database_url, tmp_path / "data"))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a login."""
    return app.test_client()


@pytest.fixture
def make_app(databases: _Databases, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Makes further apps on databases of their own."""
    names: list[str] = []

    def make(**config: Any) -> Flask:
        plugins = config.pop("plugins", None)
        name, url = databases.new()
        names.append(name)
        return create_app({**app_config(url, tmp_path / name), **config}, plugins)

    yield make
    for name in names:
        databases.drop(name)
