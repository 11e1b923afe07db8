"""The pages that change sections: add, edit, rights, delete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    Conflict,
    Invalid,
    Rejected,
    current_actor,
    discard_files,
    guarded,
    reading,
    unit_of_work,
)
from helpdesk_knowledge_base import gettext as _
from helpdesk_knowledge_base import queries
from helpdesk_knowledge_base.access import USE, held, manages, require_right
from helpdesk_knowledge_base.blueprint import bp
from helpdesk_knowledge_base.commands import ChangeSection, CreateSection, DeleteSection, Grant, SetRights
from helpdesk_knowledge_base.forms import NOWHERE, DeleteSectionForm, RightsForm, SectionForm
from helpdesk_knowledge_base.models import Right, Section
from helpdesk_knowledge_base.sections import (
    change_section,
    create_section,
    delete_section,
    grantable_roles,
    set_rights,
)
from helpdesk_knowledge_base.tree import descendants, get_section, grants_of

_BETWEEN = " › "


def places(
    session: Session, *, actor: Actor, root: bool = False, without: frozenset[int] = frozenset()
) -> list[tuple[int, str]]:
    """The sections in which *actor* may create, as choices of a form; *root* offers the top too."""
    nodes = queries.tree(session, actor=actor, right=Right.CREATE)
    found = [(node.id, _BETWEEN.join(node.path)) for node in nodes if node.id not in without]
    return [(NOWHERE, _("Not specified: at the top")), *found] if root else found


def matrix(session: Session, section: Section) -> dict[str, Any]:
    """The rights of a section as its form shows them."""
    return {
        "grants": {(role_id, right.value) for role_id, right in grants_of(session, section.id)},
        "inherits": section.inherits,
        "is_root": section.parent_id is None,
        "version": section.version,
        "rights": [right.value for right in Right],
    }


@bp.route("/sections/new", methods=["GET", "POST"])
@guarded(USE)
def new_section() -> ResponseReturnValue:
    """Add a section."""
    actor = current_actor()
    form = SectionForm()
    with reading() as session:
        form.parent_id.choices = places(session, actor=actor, root=manages(actor))
    if not form.is_submitted():
        form.parent_id.data = request.args.get("parent", NOWHERE, type=int)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            command = CreateSection(
                name=form.name.data or "",
                summary=form.summary.data or "",
                parent_id=form.parent_id.data or None,
                inherits=bool(form.inherits.data),
            )
            section_id = create_section(session, command, actor=actor).id
        if form.accepted:
            flash(_("The section was added."), "success")
            return redirect(url_for("knowledge_base.section", section_id=section_id), 303)
    page = {"title": _("New section"), "form": form, "is_new": True, "cancel_url": url_for("knowledge_base.index")}
    return render_template("knowledge_base/section_form.html", page=page), form.status


@bp.route("/sections/<int:section_id>/edit", methods=["GET", "POST"])
@guarded(USE)
def edit_section(section_id: int) -> ResponseReturnValue:
    """Another name, summary or place."""
    actor = current_actor()
    with reading() as session:
        require_right(session, section_id, Right.EDIT, actor=actor)
        section = get_section(session, section_id)
        here = section.parent_id or NOWHERE
        top = here == NOWHERE or manages(actor)
        choices = places(session, actor=actor, root=top, without=frozenset(descendants(session, section_id)))
        if here not in [value for value, _label in choices]:  # where it stands it may stay
            names = {node.id: _BETWEEN.join(node.path) for node in queries.tree(session, actor=actor)}
            choices.append((here, names[here]))
    form = SectionForm(obj=section)
    form.parent_id.choices = choices
    if not form.is_submitted():
        form.parent_id.data = here
        form.version.data = str(section.version)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            command = ChangeSection(
                section_id=section_id,
                name=form.name.data or "",
                summary=form.summary.data or "",
                parent_id=form.parent_id.data or None,
                position=100 if form.position.data is None else form.position.data,
                version=number(form.version.data),
            )
            with _unless_changed():
                change_section(session, command, actor=actor)
        if form.accepted:
            flash(_("The section was saved."), "success")
            return redirect(url_for("knowledge_base.section", section_id=section_id), 303)
    page = {
        "title": _("Edit the section"),
        "form": form,
        "is_new": False,
        "cancel_url": url_for("knowledge_base.section", section_id=section_id),
    }
    return render_template("knowledge_base/section_form.html", page=page), form.status


@bp.route("/sections/<int:section_id>/rights", methods=["GET", "POST"])
@guarded(USE)
def section_rights(section_id: int) -> ResponseReturnValue:
    """Who may do what in the section."""
    actor = current_actor()
    with reading() as session:
        rights = require_right(session, section_id, Right.EDIT, actor=actor)
        section = get_section(session, section_id)
        shown = matrix(session, section)
    form = RightsForm()
    if form.submitted():
        grants = _ticked(request.form.getlist("grant"))
        with form.refusals(), unit_of_work() as session:
            command = SetRights(
                section_id=section_id,
                inherits=bool(form.inherits.data),
                grants=grants,
                version=number(form.version.data),
            )
            with _unless_changed():
                set_rights(session, command, actor=actor)
            still = Right.VIEW in held(session, section_id, actor=actor)
        if form.accepted:
            flash(_("The rights were saved."), "success")
            home = (
                url_for("knowledge_base.section", section_id=section_id) if still else url_for("knowledge_base.index")
            )
            return redirect(home, 303)
        shown |= {"inherits": bool(form.inherits.data), "grants": {(role, right.value) for role, right in grants}}
    page = {
        "section": section,
        "form": form,
        "matrix": shown,
        "roles": grantable_roles(),
        "rights": {right.value for right in rights},
    }
    return render_template("knowledge_base/section_rights.html", page=page), form.status


@bp.route("/sections/<int:section_id>/delete", methods=["GET", "POST"], endpoint="delete_section")
@guarded(USE)
def delete_section_(section_id: int) -> ResponseReturnValue:
    """Delete the section, after asking where its content goes."""
    actor = current_actor()
    with reading() as session:
        require_right(session, section_id, Right.EDIT, actor=actor)
        section = get_section(session, section_id)
        below = descendants(session, section_id)
        empty = len(below) == 1 and queries.is_empty(session, list(below))
        choices = places(session, actor=actor, without=frozenset(below))
    form = DeleteSectionForm()
    form.move_to.choices = choices or [(NOWHERE, _("There is no other section that you may add to"))]
    if form.submitted():
        move = form.content.data == "move" and not empty
        with form.refusals():
            if move and not form.move_to.data:
                raise Invalid({"move_to": [_("Say where the content goes, or that it is to be deleted too.")]})
            with unit_of_work() as session:
                command = DeleteSection(
                    section_id=section_id,
                    move_to=form.move_to.data if move else None,
                    everything=form.content.data == "delete",
                )
                files = delete_section(session, command, actor=actor)
            discard_files(files)
        if form.accepted:
            flash(_("The section was deleted."), "success")
            return redirect(url_for("knowledge_base.index"), 303)
    page = {"section": section, "form": form, "empty": empty}
    return render_template("knowledge_base/section_delete.html", page=page), form.status


def number(text: str | None) -> int:
    """The number that a hidden field holds; -1 where it was damaged, which no row has."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _ticked(boxes: list[str]) -> frozenset[Grant]:
    """The boxes of the matrix, each ``<role>:<right>``; raises ``Invalid`` for one that the page never drew."""
    found: set[Grant] = set()
    for box in boxes[:2_000]:
        role, _colon, right = box.partition(":")
        if number(role) < 0 or right not in {one.value for one in Right}:
            raise Invalid({"rights": [_("There is no such right.")]})
        found.add((number(role), Right(right)))
    return frozenset(found)


@contextmanager
def _unless_changed() -> Iterator[None]:
    """Refuse a page that is out of date in words, instead of saving it over somebody's change."""
    try:
        yield
    except Conflict as conflict:
        raise Rejected(
            _("Somebody changed this section meanwhile. Open the page again to see how it is now.")
        ) from conflict
