"""Read-time plugin code may not write: whatever it did to the session is undone when it returns."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import flask
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from helpdesk_core.db.session import CommitRefused, db, is_changing, joined_reading

_SAVEPOINT: Final = "helpdesk_contribution_savepoint"


class SessionLost(RuntimeError):
    """A plugin ended the transaction it was called in; what the core had written there is gone."""


@contextmanager
def discard_writes() -> Iterator[None]:
    """Run read-time plugin code and put the session back as it was, whether the code succeeded or failed.

    Inside a transaction the code runs in a savepoint that is always rolled back: a failed statement cannot break the
    core's transaction, and nothing that was added or changed stays. Outside one, a transaction that the code opened
    is ended. Raises ``SessionLost`` where the code ended a change of the core's, ``RuntimeError`` where it ended the
    transaction of a page that only reads.
    """
    if not flask.has_app_context():
        yield
        return
    session: Session = db.session()
    outer = session.get_nested_transaction() or session.get_transaction()
    savepoint = session.begin_nested() if outer is not None else None
    previous = session.info.get(_SAVEPOINT)
    session.info[_SAVEPOINT] = savepoint or session
    try:
        # A reading() of the plugin's own would end the transaction that is the core's.
        with joined_reading(session):
            yield
    finally:
        session.info[_SAVEPOINT] = previous
        _restore(session, outer, savepoint)


@contextmanager
def unbroken(session: Session | None = None) -> Iterator[None]:
    """Run plugin code that takes part in a change; raises ``SessionLost`` where it ended or split the transaction.

    A rollback by a plugin would drop what the core wrote and let the rest be committed: half a change.
    """
    if session is None and not flask.has_app_context():
        yield
        return
    within: Session = session if session is not None else db.session()
    before = within.get_nested_transaction() or within.get_transaction()
    yield
    after = within.get_nested_transaction() or within.get_transaction()
    if before is None or after is before:
        return
    if _open_within(within, before):
        raise SessionLost("left a savepoint open")
    raise SessionLost("ended the transaction it was called in")


def _restore(session: Session, outer: SessionTransaction | None, savepoint: SessionTransaction | None) -> None:
    if outer is None or savepoint is None:
        if session.in_transaction():
            session.close()
        return
    if _open_within(session, savepoint):
        savepoint.rollback()
    if _open_within(session, outer):
        return
    if is_changing(session):
        raise SessionLost("a read-time hook ended the transaction it was called in")
    # Nothing was written yet, so nothing is lost: what was read is read again where it is needed.
    raise RuntimeError("ended the transaction it was called in")


def _open_within(session: Session, wanted: SessionTransaction) -> bool:
    current = session.get_nested_transaction() or session.get_transaction()
    while current is not None:
        if current is wanted:
            return True
        current = current.parent
    return False


@event.listens_for(Session, "before_commit")
def _refuse_commit(session: Session) -> None:
    guard = session.info.get(_SAVEPOINT)
    if guard is None:
        return
    # A savepoint of the plugin's own may be released: ours around it is rolled back anyway.
    current = session.get_nested_transaction()
    if current is None or current is guard:
        raise CommitRefused("a read-time hook may not write")
