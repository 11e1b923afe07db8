"""Settings pages of statuses and their transition matrix."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.settings.navigation import settings_page
from helpdesk_core.statuses import services
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.statuses.forms import ColoursForm, NewStatusForm, StatusForm
from helpdesk_core.ui.form import PageForm
from helpdesk_core.ui.guard import guarded

bp = Blueprint("statuses", __name__)

MANAGE = "core:settings:manage"


def _ordered() -> tuple[StatusInfo, ...]:
    with reading():
        return status_catalog().ordered


def _status(status_id: int) -> StatusInfo:
    for status in _ordered():
        if status.id == status_id:
            return status
    raise NotFound("status")


@bp.route("/settings/statuses", methods=["GET", "POST"])
@guarded(MANAGE)
def list_statuses() -> ResponseReturnValue:
    """All statuses, and the matrix of allowed steps."""
    form = PageForm()
    if form.submitted():
        steps = [tuple(value.split(" ", 1)) for value in request.form.getlist("step") if " " in value]
        with form.refusals(), unit_of_work() as session:
            services.write_matrix(session, [(step[0], step[1]) for step in steps], actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("statuses.list_statuses"), 303)
    with reading():
        catalog = status_catalog()
        steps_now = {source: frozenset(targets) for source, targets in catalog.steps.items()}
    page = settings_page("core/statuses/list.html", "statuses", form=form, statuses=catalog.ordered, steps=steps_now)
    return page, form.status


@bp.route("/settings/statuses/new", methods=["GET", "POST"])
@guarded(MANAGE)
def add_status() -> ResponseReturnValue:
    """Add a status; it can be used at once, without a restart (OK-045)."""
    form = NewStatusForm()
    known = [(status.key, status.label) for status in _ordered()]
    form.sources.choices = form.targets.choices = known
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
    """Change a status; of a system one only the colours (UR-09)."""
    status = _status(status_id)
    form: Any = ColoursForm(obj=status) if status.is_system else StatusForm(obj=status)
    if not status.is_system:
        form.finish_target.choices = [("", "–"), *((one.key, one.label) for one in _ordered() if one.id != status_id)]
    if form.submitted():
        command = _colours(status, form) if status.is_system else _values(form)
        with form.refusals(), unit_of_work() as session:
            services.update_status(session, services.get_status(session, status_id), command, actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("statuses.list_statuses"), 303)
    remove = None if status.is_system else url_for("statuses.delete_status", status_id=status_id)
    return _form(form, status.label, remove)


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
        pauses_sla=bool(form.pauses_sla.data),
        counts_to_load=bool(form.counts_to_load.data),
        finish_target=form.finish_target.data or None,
        sources=tuple(form.sources.data or ()) if isinstance(form, NewStatusForm) else (),
        targets=tuple(form.targets.data or ()) if isinstance(form, NewStatusForm) else (),
    )


def _colours(status: StatusInfo, form: ColoursForm) -> services.StatusValues:
    return services.StatusValues(
        label=status.label,
        category=status.category.value,
        background=form.background.data or "",
        foreground=form.foreground.data or "",
    )


def _form(form: PageForm, title: str, remove_url: str | None = None) -> tuple[str, int]:
    page = settings_page(
        "core/settings/form.html",
        "statuses",
        title=title,
        form=form,
        back_url=url_for("statuses.list_statuses"),
        remove_url=remove_url,
    )
    return page, form.status
