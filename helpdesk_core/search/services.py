"""Keeping the search documents, in the transaction of the text they mirror."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.search.models import SearchDocument
from helpdesk_core.search.words import normalised


def index_ticket(session: Session, ticket_id: int, *texts: str) -> None:
    """Store the words of a ticket's own texts; everybody who sees the ticket may find it by them."""
    _store(session, ticket_id, None, "customer", normalised(str(ticket_id), *texts))


def index_comment(session: Session, ticket_id: int, comment_id: int, body: str, *, internal: bool) -> None:
    """Store the words of a comment with its audience."""
    _store(session, ticket_id, comment_id, "internal" if internal else "customer", normalised(body))


def forget_comment(session: Session, comment_id: int) -> None:
    """Take a comment's words out of the search."""
    session.execute(delete(SearchDocument).where(SearchDocument.comment_id == comment_id))


def _store(session: Session, ticket_id: int, comment_id: int | None, audience: str, words: str) -> None:
    document = session.scalar(
        select(SearchDocument).where(SearchDocument.ticket_id == ticket_id, SearchDocument.comment_id == comment_id)
    )
    if document is None:
        document = SearchDocument(ticket_id=ticket_id, comment_id=comment_id)
        session.add(document)
    document.audience = audience
    document.words = words
