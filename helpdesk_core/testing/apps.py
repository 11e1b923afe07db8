"""Applications for tests: each set of plugins has a database of its own, and every test begins with a clean one.

Rows are committed for real. The database is a file; on the server that ``HELPDESK_TEST_DATABASE_URL`` names, each set
gets a new database there, which is dropped at the end.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, make_url, text

from helpdesk_core.app import create_app
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.db import migrate
from helpdesk_core.db.base import CORE, metadata
from helpdesk_core.db.session import db
from helpdesk_core.extensions import limiter
from helpdesk_core.testing.renaming import write_words

#: Where the tests' server is; unset means files.
SERVER_VARIABLE: Final = "HELPDESK_TEST_DATABASE_URL"

#: What every application of the tests begins with.
BASE: Final[Mapping[str, Any]] = {
    "TESTING": True,
    "HELPDESK_MAIL_URL": "null://",
    "HELPDESK_PLUGINS": "",
    "WTF_CSRF_ENABLED": False,
    "SECRET_KEY": "tests",
}

PluginLike = type[Plugin] | Plugin | str


class Browser(FlaskClient):
    """A client whose every request has an app context of its own, also where the test holds one open."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send the request: nobody is remembered from another one in ``g``."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@contextmanager
def temporary_database(folder: Path, *, server: str | None = None) -> Iterator[str]:
    """Yield the address of an empty database: a new one on *server*, else a file in *folder*."""
    if server is None:
        yield f"sqlite:///{folder / 'helpdesk.db'}"
        return
    name = f"helpdesk_test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def server_url() -> str | None:
    """The server on which the databases of the tests are made, or ``None`` for files."""
    return os.environ.get(SERVER_VARIABLE)


def make_app(
    url: str, folder: Path, *, plugins: Sequence[PluginLike] = (), config: Mapping[str, Any] | None = None
) -> Flask:
    """Return an application for tests on the database at *url*, its tables not yet made; *folder* holds its files."""
    given = {**BASE, "HELPDESK_DATABASE_URL": url, "HELPDESK_DATA_DIR": str(folder), **(config or {})}
    app = create_app(given, plugins=tuple(plugins))
    app.test_client_class = Browser
    return app


def dispose(app: Flask) -> None:
    """Close every connection of *app*."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@dataclass(slots=True)
class Site:
    """An application with a database of its own, which ``clean`` puts back to how a new desk begins."""

    app: Flask
    url: str
    words: str | None = None
    version: int = 0

    def migrate(self) -> None:
        """Make the tables; a file's state is kept, so that cleaning is copying it back. So are other ``words``."""
        migrate.upgrade(self.app)
        if self.words is not None:
            self.version = write_words(self.app, self.words)
            if self._file is None:
                with self.app.app_context(), db.engine.begin() as connection:
                    connection.execute(text("CREATE TABLE test_words AS SELECT * FROM translation"))
        dispose(self.app)
        if self._file is not None:
            shutil.copyfile(self._file, self._file.with_suffix(".template"))

    def clean(self) -> None:
        """Forget everything that earlier tests stored or counted."""
        words = self._words_as_made()
        self.app.extensions.pop("helpdesk_reference", None)
        limiter.init_app(self.app)  # it counts for the app that was made last
        limiter.reset()
        dispose(self.app)
        shutil.rmtree(Path(self.app.config["HELPDESK_DATA_DIR"]) / "attachments", ignore_errors=True)
        if self._file is not None:
            for name in (f"{self._file}-wal", f"{self._file}-shm"):
                Path(name).unlink(missing_ok=True)
            shutil.copyfile(self._file.with_suffix(".template"), self._file)
        else:
            self._truncate()
        self.app.extensions["helpdesk_reference"] = words

    def _words_as_made(self) -> dict[str, tuple[int, Any]]:
        """What the application knows of its other words since no table was changed: reading thousands takes a while."""
        known: dict[str, tuple[int, Any]] = self.app.extensions.get("helpdesk_reference", {})
        if self.words is None:
            return {}
        return {name: found for name, found in known.items() if name.startswith("words.") and found[0] == self.version}

    @property
    def _file(self) -> Path | None:
        return Path(str(make_url(self.url).database)) if self.url.startswith("sqlite") else None

    def _truncate(self) -> None:
        owners = {CORE, *self.app.extensions["helpdesk"].plugins}
        tables = ", ".join(name for name, table in metadata.tables.items() if table.info.get("owner") in owners)
        with self.app.app_context():
            with db.engine.begin() as connection:
                connection.execute(text("SET LOCAL synchronous_commit = off"))
                connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
            self.app.extensions[migrate.AFTER_UPGRADE]()
            if self.words is not None:
                with db.engine.begin() as connection:
                    connection.execute(text("INSERT INTO translation SELECT * FROM test_words"))
                    connection.execute(text("UPDATE reference_version SET version = :now"), {"now": self.version})


@contextmanager
def open_site(
    folder: Path,
    *,
    plugins: Sequence[PluginLike] = (),
    config: Mapping[str, Any] | None = None,
    server: str | None = None,
    migrated: bool = True,
    words: str | None = None,
) -> Iterator[Site]:
    """Yield an application on a new database, and remove the database afterwards.

    With *words* (``renamed`` or ``pseudo``) everything is called otherwise there.
    """
    with temporary_database(folder, server=server) as url:
        site = Site(make_app(url, folder / "data", plugins=plugins, config=config), url, words)
        if migrated:
            site.migrate()
        try:
            yield site
        finally:
            dispose(site.app)
