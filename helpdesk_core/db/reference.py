"""Small tables cached by every process, made stale by one version row.

Statuses, priorities, roles, groups, settings and the like are read by every request and changed a few times a
week. ``cached(name, load)`` keeps what *load* made of them until any process changes any of them: a flush that
touches a model marked ``__reference__`` raises the version in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import event, select, update
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.session import db

T = TypeVar("T")

_EXTENSION = "helpdesk_reference"
_DIRTY = "reference_dirty"
_VERSION = "reference_version"
_OWN = "reference_own"
_KEPT = "reference_kept"


class ReferenceVersion(Model):
    """One row: the number of changes made to reference tables so far."""

    __tablename__ = "reference_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)


def current_version(session: Session) -> int:
    """The version as this session sees it; asked once per session."""
    known = session.info.get(_VERSION)
    if known is None:
        known = session.scalar(select(ReferenceVersion.version).where(ReferenceVersion.id == 1)) or 0
        session.info[_VERSION] = known
    return int(known)


def prime_version(session: Session, version: int) -> None:
    """Tell the session a version that another query of this request has already read."""
    session.info[_VERSION] = version


def forget_version(session: Session) -> None:
    """Ask again at the next use: for long-lived sessions of commands and jobs."""
    session.info.pop(_VERSION, None)
    session.info.pop(_KEPT, None)


def kept(session: Session) -> dict[str, Any]:
    """A place for what a session asks for by the hundred; it is emptied where ``cached`` may answer otherwise."""
    place: dict[str, Any] = session.info.setdefault(_KEPT, {})
    return place


def cached(name: str, load: Callable[[Session], T]) -> T:
    """What *load* makes of the reference tables, kept per process until their version changes.

    *load* must return immutable values, no rows. While this session has itself changed a reference table, it sees
    its own change, and what it loads is kept for itself only, until its next change of such a table.
    """
    session: Session = db.session()
    if session.info.get(_DIRTY):
        own = session.info.get(_OWN, {})
        if name not in own:
            loaded = load(session)  # may flush, and so forget what was kept
            own = session.info.setdefault(_OWN, {})
            own[name] = loaded
        mine: T = own[name]
        return mine
    store: dict[str, tuple[int, Any]] = current_app.extensions.setdefault(_EXTENSION, {})
    version = current_version(session)
    found = store.get(name)
    if found is not None and found[0] == version:
        value: T = found[1]
        return value
    value = load(session)
    store[name] = (version, value)
    return value


@event.listens_for(Session, "before_flush")
def _raise_version(session: Session, flush_context: Any, instances: Any) -> None:
    touched = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    if any(getattr(type(row), "__reference__", False) for row in touched):
        touch_reference(session)


def touch_reference(session: Session) -> None:
    """Make every process read the reference tables anew once this transaction commits."""
    session.info.pop(_OWN, None)
    session.info.pop(_KEPT, None)
    within = session.get_nested_transaction() or session.get_transaction()
    if within is not None and session.info.get(_DIRTY) is within:
        return
    # Once per savepoint: what was raised in one that is rolled back is not raised any more.
    session.info[_DIRTY] = within or True
    session.execute(
        update(ReferenceVersion).where(ReferenceVersion.id == 1).values(version=ReferenceVersion.version + 1),
        execution_options={"synchronize_session": False},
    )


@event.listens_for(Session, "after_soft_rollback")
def _forget_own(session: Session, previous: SessionTransaction) -> None:
    session.info.pop(_OWN, None)
    session.info.pop(_KEPT, None)
