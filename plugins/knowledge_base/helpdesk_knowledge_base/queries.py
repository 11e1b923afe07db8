"""What the pages show, narrowed to what the reader may see; a fixed number of questions each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import url_for
from sqlalchemy import Row, Select, and_, case, func, select, true
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    Page,
    SearchHit,
    SortKey,
    Ticket,
    fetch_page,
    search_items,
    visible,
)
from helpdesk_knowledge_base.access import Reader
from helpdesk_knowledge_base.index import KIND, resembling
from helpdesk_knowledge_base.models import Article, ArticleFile, Revision, Right, Section, Vote

_PAGE: Final = 50
_HITS: Final = 30
_REVISIONS: Final = 200
#: What resembles a ticket this many times less than the best article is not suggested.
_FAR: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A section in the tree, in the order in which it is drawn.

    ``articles`` counts those in it that the reader sees, ``total`` those below it too.
    """

    id: int
    parent_id: int | None
    name: str
    summary: str
    inherits: bool
    depth: int
    articles: int
    total: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An article in a list; ``state`` is ``draft``, ``changed`` or ``published``."""

    id: int
    title: str
    state: str
    changed_at: datetime
    section_id: int
    section: str = ""
    snippet: str = ""
    for_customer: bool = True


def visible_ids(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The ids of the articles that *actor* sees: the search is narrowed by it."""
    return select(Article.id).where(Reader(actor).articles())


def article_url(article_id: int) -> str:
    """The address of an article, for whoever may read it."""
    return url_for("knowledge_base.article", article_id=article_id)


def tree(session: Session, *, actor: Actor, right: Right = Right.VIEW) -> list[Node]:
    """The sections in which *actor* holds *right*, each after the one it stands in; one query."""
    reader = Reader(actor)
    counts = select(Article.section_id, func.count().label("articles")).where(reader.articles())
    counted = counts.group_by(Article.section_id).subquery()
    names = (Section.id, Section.parent_id, Section.name, Section.summary, Section.inherits)
    held = reader.sections(right) if right is not Right.VIEW else true()
    rows = session.execute(
        select(*names, func.coalesce(counted.c.articles, 0), held)
        .outerjoin(counted, counted.c.section_id == Section.id)
        .where(reader.sections())
        .order_by(Section.position, Section.name, Section.id)
    ).all()
    children: dict[int | None, list[Row[Any]]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    totals = {row.id: row[5] for row in rows}
    for row in _deepest_first(children):
        if row.parent_id in totals:
            totals[row.parent_id] += totals[row.id]
    found: list[Node] = []
    waiting: list[tuple[Row[Any], tuple[str, ...]]] = [(row, ()) for row in reversed(children.get(None, []))]
    while waiting:
        row, above = waiting.pop()
        path = (*above, row.name)
        if row[6]:
            found.append(
                Node(
                    id=row.id,
                    parent_id=row.parent_id,
                    name=row.name,
                    summary=row.summary,
                    inherits=row.inherits,
                    depth=len(above),
                    articles=row[5],
                    total=totals[row.id],
                    path=path,
                )
            )
        waiting.extend((child, path) for child in reversed(children.get(row.id, [])))
    return found


def _deepest_first(children: dict[int | None, list[Row[Any]]]) -> list[Row[Any]]:
    ordered = list(children.get(None, []))
    for row in ordered:  # grows while it is walked: level by level
        ordered += children.get(row.id, [])
    return ordered[::-1]


def articles_of(session: Session, section_id: int, *, actor: Actor, cursor: str | None = None) -> Page:
    """A page of the articles in a section, by title."""
    reader = Reader(actor)
    query = _listing(reader).where(Article.section_id == section_id, reader.articles())
    key = SortKey(expression=func.lower(Article.title), kind=str)
    return fetch_page(session, query, key=key, row_id=Article.id, descending=False, cursor=cursor, size=_PAGE)


def recent(session: Session, *, actor: Actor, limit: int = 6) -> list[Listed]:
    """What was last changed of all that *actor* sees."""
    reader = Reader(actor)
    query = _listing(reader).where(reader.articles()).order_by(_changed_at(reader).desc(), Article.id.desc())
    return [listed(row) for row in session.execute(query.limit(limit))]


def find(query: str, *, actor: Actor) -> list[SearchHit]:
    """The articles that hold every word of *query*, the best first, each with the place in its text."""
    return search_items(query, actor=actor, kinds=(KIND,), limit=_HITS)


def suggested(session: Session, text: str, *, actor: Actor, limit: int, customer: Actor | None = None) -> list[Listed]:
    """Published articles that resemble *text*, the best first; ``for_customer`` tells which of them *customer* sees."""
    reader = Reader(actor)
    seen = and_(reader.articles(), Article.published_at.is_not(None))
    shared = resembling(session, text, select(Article.id).where(seen)) if limit else None
    if shared is None:
        return []
    found = shared.subquery()
    theirs = Reader(customer).articles() if customer is not None else true()
    query = _listing(reader).add_columns(theirs.label("for_customer"), found.c.score)
    best = query.join(found, found.c.article_id == Article.id).where(seen)
    rows = session.execute(best.order_by(found.c.score.desc(), Article.id).limit(limit)).all()
    return [listed(row, for_customer=bool(row.for_customer)) for row in rows if row.score * _FAR >= rows[0].score]


def _listing(reader: Reader) -> Select[*tuple[Any, ...]]:
    columns = (Article.id, Article.title, Article.draft_title, Article.published_at, Article.section_id)
    query = select(
        *columns,
        _changed_at(reader).label("changed_at"),
        Section.name.label("section"),
        reader.editable().label("editable"),
    )
    return query.join(Section, Section.id == Article.section_id)


def _changed_at(reader: Reader) -> Any:
    """When what the reader sees was changed: the work on a draft is its editors' business."""
    return case((reader.editable(), Article.updated_at), else_=Article.published_at)


def listed(row: Any, *, for_customer: bool = True) -> Listed:
    """A row of a list of articles; what waits for publishing shows to its editors alone."""
    waits = row.editable and row.draft_title is not None
    return Listed(
        id=row.id,
        title=row.draft_title if waits else row.title,
        state="draft" if row.published_at is None else "changed" if waits else "published",
        changed_at=row.changed_at,
        section_id=row.section_id,
        section=row.section,
        for_customer=for_customer,
    )


def files_of(session: Session, article_id: int, *, actor: Actor) -> Sequence[ArticleFile]:
    """The files of an article that *actor* may open."""
    query = select(ArticleFile).join(Article, Article.id == ArticleFile.article_id)
    mine = query.where(Article.id == article_id, Reader(actor).files()).order_by(ArticleFile.id)
    return session.scalars(mine).all()


def file_for(session: Session, file_id: int, *, actor: Actor) -> ArticleFile | None:
    """The file, where *actor* may open it."""
    query = select(ArticleFile).join(Article, Article.id == ArticleFile.article_id)
    return session.scalar(query.where(ArticleFile.id == file_id, Reader(actor).files()))


def revisions_of(session: Session, article_id: int) -> Sequence[Any]:
    """The versions of an article that the caller may edit, without their texts, the newest first."""
    columns = (Revision.number, Revision.title, Revision.published, Revision.editor_label, Revision.saved_at)
    query = select(*columns).where(Revision.article_id == article_id)
    return session.execute(query.order_by(Revision.number.desc()).limit(_REVISIONS)).all()


def votes_of(session: Session, article_id: int) -> tuple[int, int]:
    """How many contacts an article helped, and how many it did not."""
    query = select(Vote.helpful, func.count()).where(Vote.article_id == article_id).group_by(Vote.helpful)
    counts = dict(session.execute(query).all())
    return counts.get(True, 0), counts.get(False, 0)


def vote_of(session: Session, article_id: int, *, actor: Actor) -> bool | None:
    """What a contact said about the article; ``None`` where he said nothing."""
    if actor.kind is not ActorKind.CONTACT:
        return None
    return session.scalar(select(Vote.helpful).where(Vote.article_id == article_id, Vote.contact_id == actor.id))


def is_empty(session: Session, section_ids: Sequence[int]) -> bool:
    """Whether no article stands in any of the sections, seen or not."""
    return session.scalar(select(Article.id).where(Article.section_id.in_(section_ids)).limit(1)) is None


def ticket_url(session: Session, ticket_id: int | None, *, actor: Actor) -> str | None:
    """The address of the ticket an article was made of, for those who see the ticket."""
    if ticket_id is None or actor.kind is not ActorKind.EMPLOYEE:
        return None
    seen = visible(select(Ticket.id).where(Ticket.id == ticket_id), actor)
    return url_for("tickets.card", ticket_id=ticket_id) if session.scalar(seen) is not None else None
