"""Keeping the search documents, in the transaction of the text they mirror."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.search.models import SearchDocument, SearchItem
from helpdesk_core.search.words import normalised

#: Of a longer text the beginning is found.
_LONGEST_TEXT = 200_000


def index_ticket(session: Session, ticket_id: int, *texts: str, new: bool = False) -> None:
    """Store the words of a ticket's own texts; everybody who sees the ticket may find it by them.

    Of a *new* one nothing is stored yet, so nothing is looked for.
    """
    _store(session, ticket_id, None, "customer", normalised(str(ticket_id), *texts), new=new)


def index_comment(
    session: Session, ticket_id: int, comment_id: int, body: str, *, internal: bool, new: bool = False
) -> None:
    """Store the words of a comment with its audience; of a *new* one nothing is stored yet."""
    _store(session, ticket_id, comment_id, "internal" if internal else "customer", normalised(body), new=new)


def forget_comment(session: Session, comment_id: int) -> None:
    """Take a comment's words out of the search."""
    session.execute(delete(SearchDocument).where(SearchDocument.comment_id == comment_id))


def index_item(session: Session, kind: str, item_id: int, *, title: str, text: str = "") -> None:
    """Let *title* and *text* (plain, no markup) be found as the item *item_id* of the searchable *kind*.

    Call it in the transaction that writes the item, again after every change; what was stored before is replaced.
    """
    item = session.scalar(select(SearchItem).where(SearchItem.kind == kind, SearchItem.item_id == item_id))
    if item is None:
        item = SearchItem(kind=kind, item_id=item_id)
        session.add(item)
    item.title, item.text = title.replace("\x00", "")[:250], text.replace("\x00", "")[:_LONGEST_TEXT]
    item.title_words = normalised(item.title)
    item.words = normalised(item.title, item.text)
    session.flush()


def forget_items(session: Session, kind: str, item_ids: Iterable[int] | None = None) -> None:
    """Take these items of the searchable *kind* out of the search; without ids, all of them."""
    gone = delete(SearchItem).where(SearchItem.kind == kind)
    session.execute(gone if item_ids is None else gone.where(SearchItem.item_id.in_(list(item_ids))))


def _store(session: Session, ticket_id: int, comment_id: int | None, audience: str, words: str, *, new: bool) -> None:
    document = None
    if not new:
        found = select(SearchDocument).where(SearchDocument.ticket_id == ticket_id)
        document = session.scalar(found.where(SearchDocument.comment_id == comment_id))
    if document is None:
        document = SearchDocument(ticket_id=ticket_id, comment_id=comment_id)
        session.add(document)
    document.audience = audience
    document.words = words
