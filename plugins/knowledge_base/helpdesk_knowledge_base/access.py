"""Who may do what in which section: one SQL expression serves lists, search, suggestions and the single check.

A section is seen by who may view it and every section above it; the other rights are the section's own and need the
view. Several roles of one person unite, section by section. Where nothing is granted, nothing is allowed.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Select, and_, case, exists, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from helpdesk_core.toolkit import Actor, ActorKind, Forbidden, NotFound, can, roles_of
from helpdesk_knowledge_base.models import Article, ArticleFile, Right, Section, SectionRight

#: Opens the pages of the desk; what is in them depends on the sections' rights.
USE: Final = "knowledge_base:base:use"
#: Holds every right in every section, and makes roots.
MANAGE: Final = "knowledge_base:base:manage"


def manages(actor: Actor) -> bool:
    """Whether *actor* holds every right in every section; a customer never does, whatever his role was granted."""
    return actor.kind is not ActorKind.CONTACT and can(actor, MANAGE)


class Reader:
    """What one actor may do, as conditions over the tables; made once per query, it costs none itself."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.manages = manages(actor)
        self._role_ids = tuple(role.id for role in roles_of(actor))

    @cached_property
    def _tree(self) -> CTE:
        """The visible sections, from the roots downwards, each with the other rights that are held in it.

        The rights travel down with the walk. To look them up afterwards, by the section they come from, let PostgreSQL
        join two thousand sections with all their rights one by one (2.1 s instead of 10 ms).
        """
        others = [right for right in Right if right is not Right.VIEW]
        child = aliased(Section)
        root = select(Section.id, *(self._granted(Section.id, right).label(right.value) for right in others))
        tree = root.where(Section.parent_id.is_(None), self._granted(Section.id, Right.VIEW)).cte(recursive=True)
        held = (case((child.inherits, tree.c[right.value]), else_=self._granted(child.id, right)) for right in others)
        below = select(child.id, *held).where(
            child.parent_id == tree.c.id, or_(child.inherits, self._granted(child.id, Right.VIEW))
        )
        return tree.union_all(below)

    def _granted(self, section_id: Any, right: Right) -> ColumnElement[bool]:
        return exists().where(
            SectionRight.section_id == section_id,
            SectionRight.role_id.in_(self._role_ids),
            SectionRight.right == right.value,
        )

    def _ids(self, right: Right) -> Select[Any]:
        ids: Select[Any] = select(self._tree.c.id)
        return ids if right is Right.VIEW else ids.where(self._tree.c[right.value])

    def _within(self, column: Any, right: Right) -> ColumnElement[bool]:
        if self.manages:
            return true()
        return column.in_(self._ids(right)) if self._role_ids else false()

    def sections(self, right: Right = Right.VIEW) -> ColumnElement[bool]:
        """True for the sections in which the actor holds *right*."""
        return self._within(Section.id, right)

    def articles(self) -> ColumnElement[bool]:
        """True for the articles that the actor sees: published ones, and drafts that are his to work on."""
        view = self._within(Article.section_id, Right.VIEW)
        return and_(view, or_(Article.published_at.is_not(None), self.editable()))

    def editable(self) -> ColumnElement[bool]:
        """True for the articles that the actor may change: by the fourth right, and his own while it is a draft."""
        edits = self._within(Article.section_id, Right.EDIT_ARTICLES)
        if self.manages or self.actor.kind is not ActorKind.EMPLOYEE:
            return edits
        mine = and_(Article.author_id == self.actor.id, Article.published_at.is_(None))
        return or_(edits, and_(mine, self._within(Article.section_id, Right.CREATE)))

    def files(self) -> ColumnElement[bool]:
        """True for the files (joined to their articles) that the actor may open."""
        return and_(self.articles(), or_(ArticleFile.published, self.editable()))


def may_create(session: Session, *, actor: Actor) -> bool:
    """Whether there is any section that *actor* may add to."""
    return session.scalar(select(Section.id).where(Reader(actor).sections(Right.CREATE)).limit(1)) is not None


def held(session: Session, section_id: int, *, actor: Actor) -> frozenset[Right]:
    """The rights that *actor* holds in a section, none where he does not see it; one query."""
    reader = Reader(actor)
    columns = [reader.sections(right).label(right.value) for right in Right]
    row = session.execute(select(*columns).where(Section.id == section_id)).first()
    return frozenset(right for right, yes in zip(Right, row, strict=True) if yes) if row is not None else frozenset()


def require_right(session: Session, section_id: int, right: Right, *, actor: Actor) -> frozenset[Right]:
    """The rights of *actor* there; raises ``NotFound`` where he does not see it, ``Forbidden`` without *right*."""
    rights = held(session, section_id, actor=actor)
    if Right.VIEW not in rights:
        raise NotFound("section")
    if right not in rights:
        raise Forbidden(f"knowledge_base:section:{right}")
    return rights
