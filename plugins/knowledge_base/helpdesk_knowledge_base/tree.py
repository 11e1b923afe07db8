"""The shape of the tree and the rights that count at a place in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session, aliased

from helpdesk_core.toolkit import NotFound
from helpdesk_knowledge_base.commands import Grant
from helpdesk_knowledge_base.models import Right, Section, SectionRight


def lock_tree(session: Session) -> None:
    """Let no other transaction change the tree's shape or rights meanwhile: two moves could make a circle (OK-154)."""
    session.execute(select(Section.id).where(Section.parent_id.is_(None)).order_by(Section.id).with_for_update())


def get_section(session: Session, section_id: int) -> Section:
    """The section as it is now; raises ``NotFound``."""
    section = session.get(Section, section_id, populate_existing=True)
    if section is None:
        raise NotFound("section")
    return section


def ancestor_ids(session: Session, section_id: int) -> list[int]:
    """The section and those above it, from itself to its root."""
    start = select(Section.id, Section.parent_id, literal(0).label("height")).where(Section.id == section_id)
    chain = start.cte(recursive=True)
    above = aliased(Section)
    chain = chain.union_all(
        select(above.id, above.parent_id, chain.c.height + 1).where(above.id == chain.c.parent_id, chain.c.height < 100)
    )
    return list(session.scalars(select(chain.c.id).order_by(chain.c.height)))


def descendants(session: Session, section_id: int) -> dict[int, int]:
    """The section and those below it, each with its depth below the section."""
    start = select(Section.id, literal(0).label("depth")).where(Section.id == section_id)
    below = start.cte(recursive=True)
    child = aliased(Section)
    below = below.union_all(
        select(child.id, below.c.depth + 1).where(child.parent_id == below.c.id, below.c.depth < 100)
    )
    return {row[0]: row[1] for row in session.execute(select(below.c.id, below.c.depth))}


def source_of(session: Session, section_id: int) -> int:
    """The section whose rows rule the section: itself, or the nearest above that does not inherit."""
    chain = ancestor_ids(session, section_id)
    inheriting = set(session.scalars(select(Section.id).where(Section.id.in_(chain), Section.inherits)))
    return next(one for one in chain if one not in inheriting)


def grants_of(session: Session, section_id: int) -> frozenset[Grant]:
    """What the roles hold in the section, its own or inherited; without regard to the sections above."""
    return own_grants(session, source_of(session, section_id))


def own_grants(session: Session, section_id: int) -> frozenset[Grant]:
    """The rows of the section itself; a right that this version does not know counts for nothing."""
    known = [right.value for right in Right]
    rows: Any = session.execute(
        select(SectionRight.role_id, SectionRight.right).where(
            SectionRight.section_id == section_id, SectionRight.right.in_(known)
        )
    )
    return frozenset((role_id, Right(right)) for role_id, right in rows)


def write_grants(session: Session, section_id: int, grants: Iterable[Grant]) -> None:
    """Make *grants* the section's own rows."""
    wanted, now = set(grants), set(own_grants(session, section_id))
    for role_id, right in now - wanted:
        row = session.get(SectionRight, (section_id, role_id, right.value))
        if row is not None:
            session.delete(row)
    session.add_all(
        SectionRight(section_id=section_id, role_id=role_id, right=right.value) for role_id, right in wanted - now
    )
    session.flush()
