"""Counting the statements that a block sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from sqlalchemy import event

from helpdesk_core.db.session import db

#: Not questions: what begins, ends and marks transactions.
_AROUND = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")


class Statements(list[str]):
    """The statements in order; compare ``len(...)`` with a budget, print it to see which they are."""

    def __str__(self) -> str:
        return f"{len(self)} statements:\n" + "\n".join(f"  {shortened(one)}" for one in self)


def shortened(statement: str) -> str:
    """The beginning of *statement* on one line, its tables before its columns."""
    words = " ".join(statement.split())
    columns, source, rest = words.partition(" FROM ")
    return f"{columns[:60]}{source}{rest[:200]}"


@contextmanager
def count_queries(app: Flask | None = None) -> Iterator[Statements]:
    """Yield the statements sent inside the block by *app* (the current one), without BEGIN, COMMIT and savepoints.

    A list, slot or payload asks the same number of questions at 10 and at 1,000 rows::

        with count_queries(app) as sent:
            client.get("/tickets")
        assert len(sent) <= 8, sent
    """
    app = app or current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy of Werkzeug
    with app.app_context():
        engine = db.engine
    sent = Statements()

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith(_AROUND):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
