"""Settings » Jobs: what waits, what runs, what died and why."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.jobs import services
from helpdesk_core.jobs.models import DEAD, RUNNING, WAITING
from helpdesk_core.jobs.services import MANAGE
from helpdesk_core.settings.navigation import settings_page
from helpdesk_core.ui.guard import guarded

bp = Blueprint("jobs", __name__)

_STATES: Final = (DEAD, WAITING, RUNNING)
_PAGE: Final = 50


@bp.get("/settings/jobs")
@guarded(MANAGE)
def index() -> ResponseReturnValue:
    """The jobs of one state, the dead ones first of all."""
    state = request.args.get("state", DEAD)
    before = request.args.get("before", type=int)
    if state not in _STATES or (before is not None and not 0 < before < 2**62):
        abort(404)
    with reading() as session:
        counts = services.count_jobs(session, actor=g.actor)
        rows = list(services.list_jobs(session, state, actor=g.actor, before=before, limit=_PAGE + 1))
    older = url_for("jobs.index", state=state, before=rows[_PAGE - 1].id) if len(rows) > _PAGE else None
    return settings_page(
        "core/jobs/index.html",
        "jobs",
        state=state,
        counts=counts,
        most=services.MOST_COUNTED,
        rows=rows[:_PAGE],
        pager={
            "text": "",
            "previous_url": url_for("jobs.index", state=state) if before is not None else None,
            "next_url": older,
        },
    )


@bp.post("/settings/jobs/<int:job_id>/retry")
@guarded(MANAGE)
def retry(job_id: int) -> ResponseReturnValue:
    """Try a dead job again."""
    with unit_of_work() as session:
        services.retry_job(session, job_id, actor=g.actor)
    flash(_("The job will be tried again."), "success")
    return redirect(url_for("jobs.index"), 303)


@bp.post("/settings/jobs/<int:job_id>/discard")
@guarded(MANAGE)
def discard(job_id: int) -> ResponseReturnValue:
    """Give a dead job up."""
    with unit_of_work() as session:
        services.discard_job(session, job_id, actor=g.actor)
    flash(_("The job was discarded."), "success")
    return redirect(url_for("jobs.index"), 303)


@bp.post("/settings/jobs/retry")
@guarded(MANAGE)
def retry_all() -> ResponseReturnValue:
    """Try every dead job again."""
    with unit_of_work() as session:
        count = services.retry_all(session, actor=g.actor)
    flash(ngettext("%(num)s job will be tried again.", "%(num)s jobs will be tried again.", count), "success")
    return redirect(url_for("jobs.index"), 303)
