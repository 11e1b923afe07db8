"""Administration » Applications (UR-14)."""

from __future__ import annotations

import tempfile
from typing import IO, Any, Final

from flask import Blueprint, Response, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from helpdesk_core.access.policy import holds, require
from helpdesk_core.applications import queries
from helpdesk_core.applications.commands import disable_apart, enable_apart, purge_apart
from helpdesk_core.contract.errors import Rejected, TryLater
from helpdesk_core.db.session import reading
from helpdesk_core.plugins.costs import SHOWN_DAYS
from helpdesk_core.plugins.export import export_plugin
from helpdesk_core.plugins.lifecycle import MANAGE, resume
from helpdesk_core.plugins.statistics import request_costs
from helpdesk_core.settings.navigation import settings_page
from helpdesk_core.ui.form import PageForm, stripped
from helpdesk_core.ui.guard import guarded

bp = Blueprint("applications", __name__, url_prefix="/settings/applications")

_FOOTER: Final = "plugin_costs"
_IN_MEMORY: Final = 8 * 1024 * 1024
_CHUNK: Final = 256 * 1024


class PurgeForm(PageForm):
    """The name of the application, typed to confirm."""

    confirmation = StringField(lazy_gettext("Name"), [InputRequired(), Length(max=40)], filters=[stripped])


@bp.get("")
@guarded(MANAGE)
def index() -> ResponseReturnValue:
    """Every application with what it adds, and what can be done with it."""
    return _page("core/applications/index.html", page=queries.overview(_app()), days=SHOWN_DAYS,
                 footer_costs=bool(session.get(_FOOTER)))  # fmt: skip


@bp.get("/live")
@guarded(MANAGE)
def live() -> ResponseReturnValue:
    """Tell the waiting page to draw itself anew once the process that answers runs the newest set."""
    if queries.is_live(_app()):
        return "", 200, {"HX-Refresh": "true"}
    return "", 200


@bp.post("/<name>/enable")
@guarded(MANAGE)
def enable(name: str) -> ResponseReturnValue:
    """Enable an application."""
    card = queries.card_of(_app(), name)
    return _changed(lambda: enable_apart(_app(), card.name, actor=g.actor), _("%(name)s is enabled.", name=name))


@bp.post("/<name>/disable")
@guarded(MANAGE)
def disable(name: str) -> ResponseReturnValue:
    """Disable an application; its data stays."""
    card = queries.card_of(_app(), name)
    done = _("%(name)s is disabled. Its data is kept.", name=name)
    return _changed(lambda: disable_apart(_app(), card.name, actor=g.actor), done)


@bp.route("/<name>/purge", methods=["GET", "POST"])
@guarded(MANAGE)
def purge(name: str) -> ResponseReturnValue:
    """Remove an application's data for good, once its name was typed."""
    card = queries.card_of(_app(), name)
    form = PurgeForm()
    if form.submitted():
        with form.refusals():
            if form.confirmation.data != card.name:
                raise Rejected(_("Type %(name)s, as it stands above.", name=card.name))
            notes = purge_apart(_app(), card.name, actor=g.actor)
        if form.accepted:
            _tell(_("All data of %(name)s was removed.", name=name), notes)
            return redirect(url_for("applications.index"), 303)
    return _page("core/applications/purge.html", card=card, form=form), form.status


@bp.get("/<name>/export")
@guarded(MANAGE)
def export(name: str) -> ResponseReturnValue:
    """The tables of an application as a zip of JSON lines."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    try:
        export_plugin(_app(), name, file, actor=g.actor)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    response = Response(iter(lambda: file.read(_CHUNK), b""), mimetype="application/zip")
    response.call_on_close(file.close)
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


@bp.post("/<name>/resume")
@guarded(MANAGE)
def take_in_again(name: str) -> ResponseReturnValue:
    """Let a suspended contribution run again."""
    resume(_app(), name, request.form.get("hook", "")[:120], actor=g.actor)
    flash(_("It runs again."), "success")
    return redirect(url_for("applications.index"), 303)


@bp.post("/costs")
@guarded(MANAGE)
def show_costs() -> ResponseReturnValue:
    """Show or hide, for this person, what applications cost each page, at its foot."""
    with reading():
        require(g.actor, MANAGE)
    session[_FOOTER] = request.form.get("show") == "1"
    return redirect(url_for("applications.index"), 303)


@bp.app_template_global("plugin_costs")
def footer_costs() -> list[dict[str, Any]] | None:
    """What applications cost this page, for whoever asked to see it; none for everybody else."""
    return request_costs() if session.get(_FOOTER) and _manages() else None


@bp.app_template_global("plugin_notices")
def page_notices() -> list[str]:
    """What whoever manages applications should know."""
    if not _manages():
        return []
    with reading():
        return queries.notices()


def _manages() -> bool:
    with reading():
        return holds(g.actor, MANAGE)


def _app() -> Any:
    return current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy of Werkzeug


def _page(template: str, **values: Any) -> str:
    return settings_page(template, "applications", words=queries.words(), summary_of=queries.summary_of,
                         state_words=queries.state_words(), tones=queries.TONES, **values)  # fmt: skip


def _changed(change: Any, done: str) -> ResponseReturnValue:
    try:
        _tell(done, change())
    except (Rejected, TryLater) as refusal:
        flash(refusal.reason, "danger")
    return redirect(url_for("applications.index"), 303)


def _tell(done: str, notes: list[str]) -> None:
    flash(done, "success")
    for note in notes:
        flash(note, "warning")
