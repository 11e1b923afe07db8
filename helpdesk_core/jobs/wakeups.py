"""After a commit that added jobs whoever does them is told: the threads of this process, and the broker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from flask import Flask, current_app, has_app_context
from sqlalchemy import event
from sqlalchemy.orm import Session

#: Jobs by id, each with its queue.
Added = tuple[tuple[int, str], ...]
Waker = Callable[[Added], None]

_EXTENSION: Final = "helpdesk_job_wakers"
_ADDED: Final = "helpdesk_jobs_added"


def add_waker(app: Flask, waker: Waker) -> None:
    """Call *waker* after each commit of *app* that added jobs which are due; it must return at once and not fail."""
    app.extensions.setdefault(_EXTENSION, []).append(waker)


def remove_waker(app: Flask, waker: Waker) -> None:
    """Call *waker* no more."""
    app.extensions[_EXTENSION].remove(waker)


def wake_after_commit(session: Session, jobs: Iterable[tuple[int, str]]) -> None:
    """Remember *jobs* of this transaction: nobody hears of them should it be rolled back."""
    session.info.setdefault(_ADDED, []).extend(jobs)


@event.listens_for(Session, "after_commit")
def _wake_up(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint: nobody else can see its rows yet
    added = session.info.pop(_ADDED, None)
    if added and has_app_context():
        for waker in current_app.extensions.get(_EXTENSION, ()):
            waker(tuple(added))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_ADDED, None)
