"""Sections: make, change, move, give rights, delete; each asks first, records what it did, and leaves the commit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    Conflict,
    FieldConflict,
    Forbidden,
    Invalid,
    Rejected,
    RoleInfo,
    all_roles,
    record,
    require,
    utcnow,
)
from helpdesk_knowledge_base import gettext as _
from helpdesk_knowledge_base.access import MANAGE, Reader, manages, require_right
from helpdesk_knowledge_base.commands import (
    DEPTH_LIMIT,
    NAME_LIMIT,
    SECTIONS_LIMIT,
    SUMMARY_LIMIT,
    ChangeSection,
    CreateSection,
    DeleteSection,
    Grant,
    SetRights,
)
from helpdesk_knowledge_base.models import Article, Right, Section
from helpdesk_knowledge_base.removal import delete_articles
from helpdesk_knowledge_base.tree import (
    ancestor_ids,
    descendants,
    get_section,
    grants_of,
    lock_tree,
    write_grants,
)


def grantable_roles() -> tuple[RoleInfo, ...]:
    """The roles that sections grant rights to: all but those that hold everything anyway."""
    return tuple(role for role in all_roles() if not role.grants_all)


def create_section(session: Session, command: CreateSection, *, actor: Actor) -> Section:
    """Add a section (OK-153, OK-154); it inherits its parent's rights, or begins with a copy of them.

    A root needs the right to manage the whole base and begins with no rights at all. Raises ``Forbidden``, ``NotFound``
    or ``Invalid``.
    """
    name, summary = _words(command.name, command.summary)
    lock_tree(session)
    if (session.scalar(select(func.count()).select_from(Section)) or 0) >= SECTIONS_LIMIT:
        raise Rejected(_("There are %(limit)d sections already; no more can be added.", limit=SECTIONS_LIMIT))
    copied: frozenset[Grant] = frozenset()
    if command.parent_id is None:
        require(actor, MANAGE)
    else:
        require_right(session, command.parent_id, Right.CREATE, actor=actor)
        if len(ancestor_ids(session, command.parent_id)) >= DEPTH_LIMIT:
            raise Invalid({"parent_id": [_("Sections go at most %(limit)d levels deep.", limit=DEPTH_LIMIT)]})
        if not command.inherits:
            copied = grants_of(session, command.parent_id)
    inherits = command.inherits and command.parent_id is not None
    section = Section(
        parent_id=command.parent_id,
        name=name,
        summary=summary,
        inherits=inherits,
        position=_position(command.position),
        created_at=utcnow(),
    )
    session.add(section)
    session.flush()
    write_grants(session, section.id, copied)
    after = {"name": name, "parent_id": command.parent_id, "inherits": inherits}
    _record(session, "section_created", section, actor, after=after)
    return section


def change_section(session: Session, command: ChangeSection, *, actor: Actor) -> Section:
    """Rename or move a section; in another place the rights there count, where it inherits.

    Raises ``Conflict`` where somebody changed it since ``version``, ``Invalid`` where it would stand inside itself, and
    ``Rejected`` where the move would grant what *actor* does not hold himself.
    """
    name, summary = _words(command.name, command.summary)
    lock_tree(session)
    held = require_right(session, command.section_id, Right.EDIT, actor=actor)
    section = get_section(session, command.section_id)
    _check_version(section, command.version)
    before = {"name": section.name, "summary": section.summary, "parent_id": section.parent_id}
    if command.parent_id != section.parent_id:
        _move(session, section, command.parent_id, held, actor)
    section.name, section.summary = name, summary
    section.position = _position(command.position)
    section.version += 1
    session.flush()
    after = {"name": name, "summary": summary, "parent_id": section.parent_id}
    changed = {key for key in after if after[key] != before[key]}
    if changed:
        _record(
            session,
            "section_changed",
            section,
            actor,
            before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )
    return section


def set_rights(session: Session, command: SetRights, *, actor: Actor) -> Section:
    """Say who may do what in a section (OK-155, OK-158); the sections below keep what they have of their own.

    Taking away is free to whoever may edit the section, giving only to whoever holds it there himself: ``Rejected``
    otherwise. Raises ``Conflict`` where somebody changed the section since ``version``.
    """
    lock_tree(session)
    held = require_right(session, command.section_id, Right.EDIT, actor=actor)
    section = get_section(session, command.section_id)
    _check_version(section, command.version)
    if command.inherits and section.parent_id is None:
        raise Invalid({"inherits": [_("This section stands at the top: there is nothing to inherit from.")]})
    before = grants_of(session, section.id)
    if command.inherits and section.parent_id is not None:
        after = grants_of(session, section.parent_id)
    else:
        after = before if command.grants is None else _checked(command.grants)
    _refuse_widening(before, after, held, actor)
    was_inheriting = section.inherits
    section.inherits = command.inherits
    write_grants(session, section.id, frozenset() if command.inherits else after)
    section.version += 1
    session.flush()
    if before != after or was_inheriting != command.inherits:
        _record(
            session,
            "section_rights_changed",
            section,
            actor,
            before={"inherits": was_inheriting, "rights": _listed(before)},
            after={"inherits": command.inherits, "rights": _listed(after)},
        )
    return section


def delete_section(session: Session, command: DeleteSection, *, actor: Actor) -> list[str]:
    """Delete a section; what is in it moves to another one or is deleted too.

    Returns the stored names of files that no row owns any more: the caller deletes them after the commit. Raises
    ``Invalid`` where it was not said what becomes of the content, ``Rejected`` where *actor* may not do that to all of
    it.
    """
    lock_tree(session)
    held = require_right(session, command.section_id, Right.EDIT, actor=actor)
    section = get_section(session, command.section_id)
    below = descendants(session, section.id)
    inside = Article.section_id.in_(below)
    articles = session.scalar(select(func.count()).select_from(Article).where(inside)) or 0
    files: list[str] = []
    if command.move_to is not None:
        _move_content(session, section, command.move_to, below, held, actor)
    elif articles or len(below) > 1:
        if not command.everything:
            raise Invalid({"move_to": [_("Say where the content goes, or that it is to be deleted too.")]})
        _require_all(session, below, actor)
        files = delete_articles(session, list(session.scalars(select(Article.id).where(inside))))
    doomed = [section.id] if command.move_to is not None else sorted(below, key=lambda one: -below[one])
    for section_id in doomed:  # the deepest first: nobody's parent goes before him
        session.delete(get_section(session, section_id))
        session.flush()
    before = {"name": section.name, "moved_to": command.move_to, "articles": articles, "sections": len(below) - 1}
    _record(session, "section_deleted", section, actor, before=before)
    return files


def _move(session: Session, section: Section, parent_id: int | None, held: frozenset[Right], actor: Actor) -> None:
    if parent_id is None:
        require(actor, MANAGE)
        if section.inherits:  # at the top there is nobody to inherit from: it keeps what it had
            write_grants(session, section.id, grants_of(session, section.id))
            section.inherits = False
        section.parent_id = None
        return
    below = descendants(session, section.id)
    if parent_id in below:
        raise Invalid({"parent_id": [_("A section cannot stand inside itself.")]})
    require_right(session, parent_id, Right.CREATE, actor=actor)
    if len(ancestor_ids(session, parent_id)) + max(below.values()) + 1 > DEPTH_LIMIT:
        raise Invalid({"parent_id": [_("Sections go at most %(limit)d levels deep.", limit=DEPTH_LIMIT)]})
    if section.inherits:
        _refuse_widening(grants_of(session, section.id), grants_of(session, parent_id), held, actor)
    section.parent_id = parent_id
    session.flush()


def _move_content(
    session: Session, section: Section, target: int, below: dict[int, int], held: frozenset[Right], actor: Actor
) -> None:
    if target in below:
        raise Invalid({"move_to": [_("The content cannot go to a section that is deleted with it.")]})
    require_right(session, target, Right.CREATE, actor=actor)
    if session.scalar(select(func.count()).select_from(Article).where(Article.section_id == section.id)):
        if Right.EDIT_ARTICLES not in held:
            raise Forbidden(f"knowledge_base:section:{Right.EDIT_ARTICLES}")
        _move_articles(session, section.id, target)
    children = [one for one, depth in below.items() if depth == 1]
    _require_sections(session, children, Right.EDIT, actor)
    for child_id in children:
        _move(session, get_section(session, child_id), target, held, actor)


def _move_articles(session: Session, source: int, target: int) -> None:
    session.execute(update(Article).where(Article.section_id == source).values(section_id=target))


def _require_all(session: Session, below: dict[int, int], actor: Actor) -> None:
    _require_sections(session, list(below), Right.EDIT, actor)
    filled = session.scalars(select(Article.section_id).where(Article.section_id.in_(below)).distinct())
    _require_sections(session, list(filled), Right.EDIT_ARTICLES, actor)


def _require_sections(session: Session, section_ids: list[int], right: Right, actor: Actor) -> None:
    mine = select(func.count()).select_from(Section).where(Section.id.in_(section_ids), Reader(actor).sections(right))
    if session.scalar(mine) != len(section_ids):
        raise Rejected(_("There is content in this section that you may not change. Ask somebody who may."))


def _refuse_widening(before: frozenset[Grant], after: frozenset[Grant], held: frozenset[Right], actor: Actor) -> None:
    """An editor hands on what he holds, nothing more, whichever way the rights come about (OK-158)."""
    if manages(actor):
        return
    given = {right for _role, right in after - before}
    if given - held:
        raise Rejected(_("You can only grant rights that you hold in this section yourself."))


def _checked(grants: frozenset[Grant]) -> frozenset[Grant]:
    roles = {role.id: role for role in grantable_roles()}
    for role_id, right in grants:
        role = roles.get(role_id)
        if role is None:
            raise Invalid({"rights": [_("There is no such role.")]})
        if role.for_contacts and right is not Right.VIEW:
            raise Invalid({"rights": [_("Customers can only be let in to read.")]})
    return grants


def _words(name: str, summary: str) -> tuple[str, str]:
    name, summary = " ".join(name.split()), " ".join(summary.split())
    errors: dict[str, list[str]] = {}
    if not name:
        errors["name"] = [_("Give the section a name.")]
    elif len(name) > NAME_LIMIT:
        errors["name"] = [_("At most %(limit)d characters.", limit=NAME_LIMIT)]
    if len(summary) > SUMMARY_LIMIT:
        errors["summary"] = [_("At most %(limit)d characters.", limit=SUMMARY_LIMIT)]
    if errors:
        raise Invalid(errors)
    return name, summary


def _position(position: int) -> int:
    return min(max(position, 0), 100_000)


def _check_version(section: Section, version: int | None) -> None:
    if version is not None and version != section.version:
        raise Conflict([FieldConflict(name="version", base=version, mine=version, theirs=section.version)])


def _listed(grants: frozenset[Grant]) -> list[str]:
    return sorted(f"{role_id}:{right.value}" for role_id, right in grants)


def _record(
    session: Session,
    name: str,
    section: Section,
    actor: Actor,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record(
        session,
        f"knowledge_base.{name}",
        actor=actor,
        subject_kind="knowledge_base.section",
        subject_id=section.id,
        before=before,
        after=after,
    )
