"""The session and its two doors: ``unit_of_work()`` writes, ``reading()`` reads. Only this module commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import TryLater
from helpdesk_core.contract.messages import message
from helpdesk_core.db.base import Model

db = SQLAlchemy(model_class=Model, disable_autonaming=True, session_options={"expire_on_commit": False})

_WRITE = "helpdesk_write"
_OPEN = "helpdesk_unit_of_work"
_COMMITTING = "helpdesk_committing"
_READING = "helpdesk_reading"

#: What SQLite and PostgreSQL say when another writer was in the way: nothing is wrong, the caller may try again.
_BUSY = (
    "database is locked",
    "deadlock detected",
    "could not serialize",
    "lock timeout",
    "canceling statement due to lock",
    "too many clients",
    "database system is starting up",
    "database system is shutting down",
)


#: ``app.extensions``: what is done at the end of every unit of work, in its transaction. The journal writes its
#: deliveries here.
BEFORE_COMMIT = "helpdesk_before_commit"
#: ``app.extensions``: called with the session's ``info`` when a unit of work was committed. Steps neither raise nor use
#: the session. The journal tells its listeners here.
AFTER_COMMIT = "helpdesk_after_commit"
#: What a unit of work remembers on the session, and forgets at its end.
_OF_THE_UNIT = (
    _OPEN,
    _COMMITTING,
    "reference_dirty",
    "reference_version",
    "reference_kept",
    "helpdesk_events",
    "helpdesk_told",
)


class CommitRefused(RuntimeError):
    """Something other than ``unit_of_work()`` tried to commit, most likely a plugin's hook."""


def passes_by_itself(error: SQLAlchemyError) -> bool:
    """Whether the same may succeed later: the database is busy, or cannot be reached just now."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    said = str(error.orig).lower()
    if error.connection_invalidated or any(text in said for text in _BUSY):
        return True
    # Nothing was asked yet, so connecting failed; where the server refused (FATAL), it would refuse again.
    of_sqlite = isinstance(error.orig, sqlite3.Error)
    return isinstance(error, OperationalError) and error.statement is None and not of_sqlite and "fatal:" not in said


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Yield the session for one change and commit it once at the end; any error rolls everything back.

    Nesting is refused: one change, one commit. Whatever was read before is forgotten, so that services
    decide on rows of this transaction. Raises ``TryLater`` where another writer held the database too long, or it
    cannot be reached.
    """
    session: Session = db.session()
    if session.info.get(_OPEN):
        raise RuntimeError("unit_of_work() does not nest: pass the session of the outer one on")
    session.close()
    session.info[_OPEN] = True
    try:
        # On SQLite this begins with BEGIN IMMEDIATE: the write lock is taken before anything is read.
        session.connection(execution_options={_WRITE: True})
        yield session
        session.flush()
        for step in current_app.extensions.get(BEFORE_COMMIT, ()):
            step(session)
        session.info[_COMMITTING] = True
        session.commit()
    except DBAPIError as error:
        session.rollback()
        if passes_by_itself(error):
            raise TryLater(message("the database is busy or cannot be reached")) from error
        raise
    except BaseException:
        session.rollback()
        raise
    else:
        for tell in current_app.extensions.get(AFTER_COMMIT, ()):
            tell(session.info)
    finally:
        for key in _OF_THE_UNIT:
            session.info.pop(key, None)


def is_changing(session: Session) -> bool:
    """Whether a unit of work is open on *session*."""
    return bool(session.info.get(_OPEN))


@contextmanager
def reading() -> Iterator[Session]:
    """Yield the session for queries; on leaving the outermost block the transaction ends and rows are detached.

    Inside a unit of work or another ``reading()`` it joins what is open. Detached rows keep what was loaded
    and refuse lazy loads, so a template can never start a query of its own.
    """
    session: Session = db.session()
    if session.info.get(_OPEN) or session.info.get(_READING):
        yield session
        return
    session.info[_READING] = True
    try:
        yield session
    finally:
        session.info.pop(_READING, None)
        session.close()


@contextmanager
def joined_reading(session: Session) -> Iterator[None]:
    """Let every ``reading()`` inside the block join the transaction that is open, however it was begun."""
    before = session.info.get(_READING)
    session.info[_READING] = True
    try:
        yield
    finally:
        session.info[_READING] = before


def init_database(app: Flask) -> None:
    """Bind the database to *app* and give its engine the settings that both doors rely on."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)


def _tune_sqlite(engine: Engine) -> None:
    pragmas = ["journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"]
    if "timeout" not in engine.url.query:  # sqlite:///file.db?timeout=5 is for the driver, in seconds
        pragmas.append("busy_timeout=15000")

    @event.listens_for(engine, "connect")
    def on_connect(dbapi_connection: Any, record: Any) -> None:
        # The driver must not begin transactions behind our back: on_begin below does, with the right lock.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(_WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@event.listens_for(Session, "before_commit")
def _refuse_foreign_commit(session: Session) -> None:
    # A commit from a hook would make half a change durable.
    if session.in_nested_transaction() or session.info.get(_COMMITTING):
        return
    if session.info.get(_OPEN):
        raise CommitRefused("only unit_of_work() commits: a hook or service must leave that to its caller")
