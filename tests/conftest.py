"""The application of the tests: one database per worker, on SQLite or on the server that the environment names.

Rows are committed for real; every test begins with a migrated database that holds the defaults and nothing else.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, make_url, select, text

from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.app import create_app
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.customers.models import Contact
from helpdesk_core.db import migrate
from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import db, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.extensions import limiter
from helpdesk_core.install import install_defaults
from helpdesk_core.plugins.migrations import CORE_LINEAGE
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.services import create_ticket
from helpdesk_core.users.models import Employee, UserAccount
from helpdesk_core.users.sessions import open_session

MakeEmployee = Callable[..., Employee]
MakeContact = Callable[..., Contact]
MakeTicket = Callable[..., int]
Login = Callable[[FlaskClient, Any], None]

BASE: dict[str, Any] = {
    "TESTING": True,
    "HELPDESK_MAIL_URL": "null://",
    "HELPDESK_PLUGINS": "",
    "WTF_CSRF_ENABLED": False,
    "SECRET_KEY": "tests",
}


class Browser(FlaskClient):
    """A client whose every request has an app context of its own, also where the test holds one open."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send the request: nobody is remembered from another one in ``g``."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of this worker alone."""
    server = os.environ.get("HELPDESK_TEST_DATABASE_URL")
    if server is None:
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'helpdesk.db'}"
        return
    name = f"helpdesk_test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def shared_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The app without plugins, its database migrated; tests take ``app``, which is clean."""
    data = tmp_path_factory.mktemp("data")
    app = create_app({**BASE, "HELPDESK_DATABASE_URL": database_url, "HELPDESK_DATA_DIR": str(data)})
    app.test_client_class = Browser
    migrate.upgrade(app)
    if database_url.startswith("sqlite"):
        _dispose(app)
        path = Path(str(make_url(database_url).database))
        shutil.copyfile(path, path.with_suffix(".template"))
    yield app
    _dispose(app)


@pytest.fixture
def app(request: pytest.FixtureRequest, database_url: str, shared_app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The app on a clean database; the marker ``helpdesk`` gives it plugins or another configuration."""
    _clean(shared_app, database_url)
    marker = request.node.get_closest_marker("helpdesk")
    if marker is None:
        yield shared_app
        _dispose(shared_app)
        return
    config = {**BASE, "HELPDESK_DATABASE_URL": database_url, "HELPDESK_DATA_DIR": str(tmp_path / "data")}
    own = create_app({**config, **marker.kwargs.get("config", {})}, plugins=marker.kwargs.get("plugins", ()))
    own.test_client_class = Browser
    migrate.upgrade(own)
    yield own
    for lineage in reversed(migrate.chains(own)):
        if lineage.name != CORE_LINEAGE:
            migrate.downgrade(own, lineage.name)
    _dispose(own)
    limiter.init_app(shared_app)  # it counts for the app that was made last


def _clean(app: Flask, url: str) -> None:
    app.extensions.pop("helpdesk_reference", None)
    limiter.reset()
    _dispose(app)
    shutil.rmtree(Path(app.config["HELPDESK_DATA_DIR"]) / "attachments", ignore_errors=True)
    if url.startswith("sqlite"):
        path = Path(str(make_url(url).database))
        for name in (f"{path}-wal", f"{path}-shm"):
            Path(name).unlink(missing_ok=True)
        shutil.copyfile(path.with_suffix(".template"), path)
        return
    tables = ", ".join(name for name, table in metadata.tables.items() if table.info.get("owner") == "core")
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        with unit_of_work() as session:
            install_defaults(session)
    app.extensions.pop("helpdesk_reference", None)


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that has not signed in."""
    return app.test_client()


@pytest.fixture
def make_employee(app: Flask) -> MakeEmployee:
    """Add an employee with a login and a role: ``make_employee("Ada", role="core.administrator")``."""

    def make(name: str = "Ada Admin", *, role: str | None = "core.administrator", **values: Any) -> Employee:
        with app.app_context(), unit_of_work() as session:
            values.setdefault("email", f"{uuid.uuid4().hex[:8]}@example.test")
            employee = Employee(name=name, created_at=utcnow(), **values)
            session.add(employee)
            session.flush()
            if role is not None:
                role_id = session.scalars(select(Role.id).where(Role.key == role)).one()
                session.add(EmployeeRole(employee_id=employee.id, role_id=role_id))
            session.add(UserAccount(login=f"e{employee.id}", employee_id=employee.id, created_at=utcnow()))
            return employee

    return make


@pytest.fixture
def make_contact(app: Flask) -> MakeContact:
    """Add a contact; ``with_login=True`` lets him into the portal."""

    def make(name: str = "Chandra Customer", *, with_login: bool = False, **values: Any) -> Contact:
        with app.app_context(), unit_of_work() as session:
            contact = Contact(name=name, created_at=utcnow(), **values)
            session.add(contact)
            session.flush()
            if with_login:
                session.add(UserAccount(login=f"c{contact.id}", contact_id=contact.id, created_at=utcnow()))
            return contact

    return make


@pytest.fixture
def make_ticket(app: Flask) -> MakeTicket:
    """Register a ticket as the system, without going through a page; returns its id."""

    def make(subject: str = "Till prints nothing", **values: Any) -> int:
        with app.app_context(), unit_of_work() as session:
            return create_ticket(session, CreateTicket(subject=subject, **values), actor=SYSTEM).id

    return make


@pytest.fixture
def login(app: Flask) -> Login:
    """Sign a client in as an employee or a contact that has a login: ``login(client, employee)``."""

    def sign_in(client: FlaskClient, who: Employee | Contact) -> None:
        owner = UserAccount.employee_id if isinstance(who, Employee) else UserAccount.contact_id
        with app.app_context(), unit_of_work() as session:
            account = session.scalars(select(UserAccount).where(owner == who.id)).one()
            token = open_session(session, account, actor=SYSTEM)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True

    return sign_in
