"""Full-text search: the same words find the same tickets on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, false, select, text
from sqlalchemy.orm import Session

from helpdesk_core.db.session import db
from helpdesk_core.search.models import SearchDocument
from helpdesk_core.search.words import MAX_QUERY_WORDS, words_of


def matching_tickets(query: str, *, internal: bool) -> Select[Any]:
    """The ids of tickets with a text that holds words beginning with every word of *query*.

    *internal* says whether internal comments count. The caller narrows the result by the policy.
    """
    words = list(dict.fromkeys(words_of(query, MAX_QUERY_WORDS)))
    found = select(SearchDocument.ticket_id)
    if not words:
        return found.where(false())
    session: Session = db.session()
    # words_of() leaves letters and digits only, so nothing in a word can be an operator of either search.
    if session.get_bind().dialect.name == "sqlite":
        match = " ".join(f'"{word}"*' for word in words)
        rows = text("search_document.id IN (SELECT rowid FROM search_fts WHERE search_fts MATCH :match)")
    else:
        match = " & ".join(f"'{word}':*" for word in words)
        rows = text("search_document.vector @@ CAST(:match AS tsquery)")
    found = found.where(rows.bindparams(bindparam("match", match)))
    return found if internal else found.where(SearchDocument.audience == "customer")
