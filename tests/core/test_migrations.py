"""Migrations on a database of their own: up, down, up again, without a trace and without drift."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, func, inspect, make_url, select, text

from helpdesk_core.app import create_app
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.db import migrate
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.search.models import SearchDocument
from helpdesk_core.search.queries import matching_tickets
from helpdesk_core.statuses.models import Status
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.services import create_ticket, delete_ticket, get_ticket


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    """An app on an empty database."""
    server = os.environ.get("HELPDESK_TEST_DATABASE_URL")
    name = f"helpdesk_migrations_{uuid.uuid4().hex[:12]}"
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if server is not None:
        _on_server(server, f"CREATE DATABASE {name}")
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
    app = create_app({"TESTING": True, "HELPDESK_DATABASE_URL": url, "HELPDESK_DATA_DIR": str(tmp_path / "data")})
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if server is not None:
        _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(server: str, statement: str) -> None:
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


def _tables(app: Flask) -> list[str]:
    with app.app_context():
        return sorted(inspect(db.engine).get_table_names())


def _found(word: str) -> list[int]:
    with reading() as session:
        return list(session.scalars(matching_tickets(word, internal=True)))


def test_the_tables_are_those_of_the_models(empty: Flask) -> None:
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
    assert migrate.check(empty) == []


def test_an_upgrade_installs_the_defaults_and_can_be_repeated(empty: Flask) -> None:
    assert migrate.upgrade(empty) == ["core"]
    assert migrate.upgrade(empty) == []
    with empty.app_context(), reading() as session:
        assert session.scalar(select(func.count()).select_from(Status)) == 4


def test_down_to_base_leaves_nothing_and_up_works_again_on_a_filled_database(empty: Flask) -> None:
    migrate.upgrade(empty)
    with empty.app_context(), unit_of_work() as session:
        create_ticket(session, CreateTicket(subject="Printer on fire"), actor=SYSTEM)
    migrate.downgrade(empty)
    assert _tables(empty) == []
    assert migrate.upgrade(empty) == ["core"]
    assert migrate.check(empty) == []


def test_the_full_text_index_follows_every_change(empty: Flask) -> None:
    migrate.upgrade(empty)
    with empty.app_context():
        with unit_of_work() as session:
            number = create_ticket(session, CreateTicket(subject="Printer on fire"), actor=SYSTEM).id
        assert _found("print") == [number]
        with unit_of_work() as session:
            document = session.scalars(select(SearchDocument)).one()
            document.words = "scanner"
        assert (_found("print"), _found("scanner")) == ([], [number])
        with unit_of_work() as session:
            delete_ticket(session, get_ticket(session, number, actor=SYSTEM), actor=SYSTEM)
        assert _found("scanner") == []


def test_a_document_without_words_is_stored(empty: Flask) -> None:
    migrate.upgrade(empty)
    with empty.app_context(), unit_of_work() as session:
        create_ticket(session, CreateTicket(subject="???"), actor=SYSTEM)


def test_foreign_keys_are_watched_again_after_a_migration(empty: Flask) -> None:
    migrate.upgrade(empty)
    if str(empty.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite"):
        with empty.app_context(), db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
