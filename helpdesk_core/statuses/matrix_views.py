"""Matrices of statuses: the steps of the desk and of each role, the statuses of a type; and what happens by itself."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk_core.access.catalog import RoleInfo
from helpdesk_core.access.policy import all_roles
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.settings import registry
from helpdesk_core.settings.services import change_settings
from helpdesk_core.statuses.arranging import write_denied, write_type_statuses
from helpdesk_core.statuses.blueprint import MANAGE, bp, statuses_page
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.statuses.forms import RulesForm
from helpdesk_core.statuses.services import write_matrix
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.ui.form import PageForm
from helpdesk_core.ui.guard import guarded


@bp.route("/settings/statuses/steps", methods=["GET", "POST"])
@guarded(MANAGE)
def steps() -> ResponseReturnValue:
    """The matrix of allowed steps: the desk's own, or with ``role`` which of them people of a role may take."""
    roles = [role for role in all_roles() if not role.grants_all]
    role = _role(roles, request.args.get("role"))
    form = PageForm()
    if form.submitted():
        ticked, among = _pairs("step"), request.form.getlist("offered")
        with form.refusals(), unit_of_work() as session:
            if role is None:
                write_matrix(session, ticked, actor=g.actor, among=among or None)
            else:
                write_denied(session, role.key, ticked, actor=g.actor, among=among)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("statuses.steps", role=role.key if role else None), 303)
    with reading():
        catalog = status_catalog()
    barred = {step for step, ids in catalog.denied.items() if role is not None and role.id in ids}
    page = statuses_page(
        "core/statuses/steps.html",
        "steps",
        form=form,
        statuses=catalog.ordered,
        allowed={(source, target) for source, targets in catalog.steps.items() for target in targets},
        barred=barred,
        rights={(source, target): right for source, row in catalog.steps.items() for target, right in row.items()},
        roles=roles,
        role=role,
    )
    return page, form.status


def _role(roles: list[RoleInfo], key: str | None) -> RoleInfo | None:
    if not key:
        return None
    for role in roles:
        if role.key == key:
            return role
    raise NotFound("role")


def _pairs(name: str) -> list[tuple[str, str]]:
    """Ticked boxes as pairs; a value that is none is left out."""
    found = (value.partition(" ") for value in request.form.getlist(name))
    return [(first, second) for first, space, second in found if space and second]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


@bp.route("/settings/statuses/types", methods=["GET", "POST"])
@guarded(MANAGE)
def types() -> ResponseReturnValue:
    """Which statuses tickets of each type may have (PY-34)."""
    form = PageForm()
    if form.submitted():
        offered = {number for number in request.form.getlist("offered") if _is_id(number)}
        wanted: dict[int, set[str]] = {int(number): set() for number in offered}
        for number, key in _pairs("status"):
            if number in offered:
                wanted[int(number)].add(key)
        with form.refusals(), unit_of_work() as session:
            write_type_statuses(session, wanted, actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("statuses.types"), 303)
    with reading():
        kinds, catalog = list(ticket_catalog().types.values()), status_catalog()
    page = statuses_page(
        "core/statuses/types.html",
        "types",
        form=form,
        types=kinds,
        statuses=catalog.ordered,
        typed=set(_pairs("status")) if form.errors else None,
    )
    return page, form.status


@bp.route("/settings/statuses/rules", methods=["GET", "POST"])
@guarded(MANAGE)
def rules() -> ResponseReturnValue:
    """What happens by itself: closing after some days (OK-043), a reply to a finished ticket (decision 2)."""
    with reading():
        form = RulesForm(data=registry.settings_of(RulesForm.SETTINGS))
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            change_settings(session, form.settings(), actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("statuses.rules"), 303)
    return statuses_page("core/statuses/rules.html", "rules", form=form), form.status
