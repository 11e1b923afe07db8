"""The last public words of each ticket of a list, in one or two statements however many tickets there are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.tickets.models import Comment, Ticket
from helpdesk_core.users.catalog import people

_READ = 400
_SHOWN = 160
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"^\s*(?:[#>]+|[-*+]|\d+\.)\s+|[*_`~]+", re.MULTILINE)


def last_words(session: Session, ticket_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """``text`` and, where a comment says it, ``from_`` (the person) by ticket id.

    The newest public comment speaks, else the description. Internal notes never do, so nobody has to be asked
    whether he may read them (OK-071).
    """
    ids = list(dict.fromkeys(ticket_ids))
    if not ids:
        return {}
    newest = func.row_number().over(
        partition_by=Comment.ticket_id, order_by=(Comment.created_at.desc(), Comment.id.desc())
    )
    ranked = (
        select(
            Comment.ticket_id,
            func.substr(Comment.body, 1, _READ).label("text"),
            Comment.author_employee_id,
            Comment.author_contact_id,
            Comment.author_label,
            newest.label("place"),
        )
        .where(Comment.ticket_id.in_(ids), Comment.internal.is_(False), Comment.redacted_at.is_(None))
        .subquery()
    )
    found = {
        row.ticket_id: {"text": plain(row.text), "from_": _person(row)}
        for row in session.execute(select(ranked).where(ranked.c.place == 1))
    }
    silent = [ticket_id for ticket_id in ids if ticket_id not in found]
    if silent:
        texts = select(Ticket.id, func.substr(Ticket.description, 1, _READ).label("text")).where(Ticket.id.in_(silent))
        found |= {row.id: {"text": plain(row.text), "from_": None} for row in session.execute(texts)}
    return found


def plain(text: str) -> str:
    """*text* on one line without the marks of Markdown, cut to what a row can show."""
    words = " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1].rstrip() + "…"


def _person(row: Any) -> dict[str, Any]:
    employee = people().employees.get(row.author_employee_id or 0)
    name = employee.name if employee else row.author_label
    return {
        "id": row.author_employee_id or row.author_contact_id or 0,
        "name": name or "?",
        "kind": "person",
        "photo_url": employee.photo_url if employee else None,
    }
