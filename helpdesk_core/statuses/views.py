"""Settings pages of statuses: the list with its order and default, and the form of one status."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk_core.contract.errors import Invalid, NotFound
from helpdesk_core.contract.messages import message
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.i18n.terms import term
from helpdesk_core.statuses import matrix_views, services
from helpdesk_core.statuses.arranging import move_status, set_default
from helpdesk_core.statuses.blueprint import MANAGE, bp, statuses_page
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.statuses.forms import NewStatusForm, StatusForm, SystemStatusForm, category_words
from helpdesk_core.ui.form import PageForm, row_number
from helpdesk_core.ui.guard import guarded

__all__ = ["bp", "matrix_views"]


def _ordered() -> tuple[StatusInfo, ...]:
    with reading():
        return status_catalog().ordered


def _status(status_id: int) -> StatusInfo:
    for status in _ordered():
        if status.id == status_id:
            return status
    raise NotFound("status")


def _named(status: StatusInfo) -> str:
    return term("status", status.key, status.label)


@bp.get("/settings/statuses")
@guarded(MANAGE)
def list_statuses() -> ResponseReturnValue:
    """All statuses in their order, what they do, and which is the default."""
    return statuses_page(
        "core/statuses/list.html",
        "list_statuses",
        statuses=_ordered(),
        names={status.key: _named(status) for status in _ordered()},
        categories=category_words(),
        moved=request.args.get("moved", ""),
    )


@bp.post("/settings/statuses/default")
@guarded(MANAGE)
def make_default() -> ResponseReturnValue:
    """Let new tickets begin in the status whose radio button was chosen (UR-05)."""
    try:
        status_id = row_number(request.form.get("default", ""))
    except ValueError:
        raise Invalid({"default": [message("Choose a status.")]}) from None
    with unit_of_work() as session:
        set_default(session, services.get_status(session, status_id), actor=g.actor)
    flash(_("New tickets begin in this status."), "success")
    return redirect(url_for("statuses.list_statuses"), 303)


@bp.post("/settings/statuses/<int:status_id>/move")
@guarded(MANAGE)
def move(status_id: int) -> ResponseReturnValue:
    """Let the status change places with the one above or below it."""
    up = request.form.get("direction") == "up"
    with unit_of_work() as session:
        status = services.get_status(session, status_id)
        move_status(session, status, "up" if up else "down", actor=g.actor)
    # Its button gets the focus back; an anchor in the address would keep browsers from doing that.
    moved = f"{status_id}-{'up' if up else 'down'}"
    return redirect(url_for("statuses.list_statuses", moved=moved), 303)


@bp.route("/settings/statuses/new", methods=["GET", "POST"])
@guarded(MANAGE)
def add_status() -> ResponseReturnValue:
    """Add a status; it can be used at once, without a restart (OK-045)."""
    form = NewStatusForm()
    known = [(status.key, _named(status)) for status in _ordered()]
    form.sources.choices = [(status.key, _named(status)) for status in _ordered() if not status.final]
    form.targets.choices = known
    form.finish_target.choices = [("", "–"), *known]
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            services.create_status(session, _values(form), actor=g.actor)
        if form.accepted:
            flash(_("The status is added and can be used now."), "success")
            return redirect(url_for("statuses.list_statuses"), 303)
    return _form(form, _("New status"))


@bp.route("/settings/statuses/<int:status_id>", methods=["GET", "POST"])
@guarded(MANAGE)
def edit_status(status_id: int) -> ResponseReturnValue:
    """Change a status; of a system one the colours and what others make of it (UR-09, decision 8)."""
    status = _status(status_id)
    form: Any = SystemStatusForm(obj=status) if status.is_system else StatusForm(obj=status)
    if not status.is_system:
        others = [(one.key, _named(one)) for one in _ordered() if one.id != status_id]
        form.finish_target.choices = [("", "–"), *others]
    if form.submitted():
        command = _system_values(status, form) if status.is_system else _values(form)
        with form.refusals(), unit_of_work() as session:
            services.update_status(session, services.get_status(session, status_id), command, actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("statuses.list_statuses"), 303)
    return _form(form, _named(status), status)


@bp.post("/settings/statuses/<int:status_id>/delete")
@guarded(MANAGE)
def delete_status(status_id: int) -> ResponseReturnValue:
    """Delete a status that no ticket has; system ones are protected (UR-03)."""
    with unit_of_work() as session:
        services.delete_status(session, services.get_status(session, status_id), actor=g.actor)
    flash(_("The status is deleted."), "success")
    return redirect(url_for("statuses.list_statuses"), 303)


def _values(form: StatusForm) -> services.StatusValues:
    return services.StatusValues(
        label=form.label.data or "",
        category=form.category.data or "",
        background=form.background.data or "",
        foreground=form.foreground.data or "",
        requires_until=bool(form.requires_until.data),
        final=bool(form.final.data),
        pauses_sla=bool(form.pauses_sla.data),
        counts_to_load=bool(form.counts_to_load.data),
        finish_target=form.finish_target.data or None,
        sources=tuple(form.sources.data or ()) if isinstance(form, NewStatusForm) else (),
        targets=tuple(form.targets.data or ()) if isinstance(form, NewStatusForm) else (),
    )


def _system_values(status: StatusInfo, form: SystemStatusForm) -> services.StatusValues:
    """What the form may change, and otherwise what was sent: a forged name or state is refused, not dropped."""
    return services.StatusValues(
        label=request.form.get("label", status.label),
        category=request.form.get("category", status.category.value),
        final="final" in request.form or status.final,
        background=form.background.data or "",
        foreground=form.foreground.data or "",
        pauses_sla=bool(form.pauses_sla.data),
        counts_to_load=bool(form.counts_to_load.data),
    )


def _form(form: PageForm, title: str, status: StatusInfo | None = None) -> tuple[str, int]:
    own = status is not None and not status.is_system
    page = statuses_page(
        "core/statuses/form.html",
        "list_statuses",
        title=title,
        form=form,
        status=status,
        categories=category_words(),
        back_url=url_for("statuses.list_statuses"),
        remove_url=url_for("statuses.delete_status", status_id=status.id) if own and status is not None else None,
    )
    return page, form.status
