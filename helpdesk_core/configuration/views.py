"""Settings » Presets: what this desk is set up as, another preset, and its configuration as a file in and out."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from helpdesk_core.access.policy import require
from helpdesk_core.configuration.forms import ConfirmForm, PresetForm, UploadForm, preset_form
from helpdesk_core.configuration.parsing import MAX_BYTES, parse
from helpdesk_core.configuration.presets import load_preset
from helpdesk_core.configuration.reading import active_preset, read_configuration
from helpdesk_core.configuration.rendering import render
from helpdesk_core.configuration.services import (
    Planned,
    apply_configuration,
    change_preset,
    plan_configuration,
    plan_preset,
)
from helpdesk_core.configuration.showing import shown_lines
from helpdesk_core.contract.errors import Invalid, Rejected, TooLarge
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.i18n.terms import term
from helpdesk_core.settings.navigation import settings_page
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.ui.guard import guarded

bp = Blueprint("configuration", __name__, url_prefix="/settings/configuration")

_MANAGE: Final = "core:settings:manage"
_ITEM: Final = "configuration"
#: More tickets than a request has time for are changed by the command, which shows how far it is.
MOST_IN_A_REQUEST: Final = 5_000
#: What a preset is called and for whom it is.
_ABOUT: Final = {
    "service_desk": (
        lazy_gettext("Service desk"),
        lazy_gettext("Work is solved by the desk and closed by the customer's word."),
    ),
    "support_center": (
        lazy_gettext("Support center"),
        lazy_gettext("Questions are answered; a reply brings a waiting one back."),
    ),
    "request_flow": (
        lazy_gettext("Request flow"),
        lazy_gettext("Requests pass through stages and are judged at the end."),
    ),
    "lead_desk": (
        lazy_gettext("Lead desk"),
        lazy_gettext("Visitors' requests are picked up, called back and done."),
    ),
}


@bp.get("")
@guarded(_MANAGE)
def index() -> ResponseReturnValue:
    """The preset of this desk, the others, and the file."""
    return _index(UploadForm(None))


def _index(form: UploadForm) -> tuple[str, int]:
    with reading():
        require(g.actor, _MANAGE)
        active = active_preset(status_catalog().by_key)
    presets = [
        {
            "key": name,
            "name": _ABOUT[name][0],
            "text": _ABOUT[name][1],
            "active": name == active,
            "statuses": [(key, one, term("status", key, one.label)) for key, one in load_preset(name).statuses.items()],
        }
        for name in PRESETS
    ]
    return settings_page("core/configuration/index.html", _ITEM, presets=presets, form=form), form.status


@bp.get("/export")
@guarded(_MANAGE)
def export() -> ResponseReturnValue:
    """The configuration of this desk as a file."""
    with reading() as session:
        require(g.actor, _MANAGE)
        text = render(read_configuration(session))
    response = Response(text, mimetype="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="helpdesk.toml"'
    return response


@bp.post("/plan")
@guarded(_MANAGE)
def plan() -> ResponseReturnValue:
    """What the file that was sent would change; nothing is changed yet."""
    form: Any = UploadForm()
    if not form.submitted():
        return _index(form)
    raw = form.file.data.stream.read(MAX_BYTES + 1)
    name = str(form.file.data.filename or "configuration.toml")[:120]
    return _looked_at(raw, name, ConfirmForm(None))


@bp.post("/apply")
@guarded(_MANAGE)
def apply() -> ResponseReturnValue:
    """Do what was shown."""
    form: Any = ConfirmForm()
    form.submitted()
    raw, name = (form.text.data or "").encode(), (form.name.data or "configuration.toml")[:120]
    with form.refusals(), unit_of_work() as session:
        wanted = parse(raw, name)
        apply_configuration(session, wanted, actor=g.actor, shown=form.shown.data or "", file=name)
    if form.accepted:
        flash(_("This helpdesk is set up as the file says."), "success")
        return redirect(url_for("configuration.index"), 303)
    return _looked_at(raw, name, form)


def _looked_at(raw: bytes, name: str, form: Any) -> tuple[str, int]:
    planned, errors = None, {}
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    try:
        wanted = parse(raw, name)
        with reading() as session:
            planned = plan_configuration(session, wanted, actor=g.actor, file=name, text=text)
    except Invalid as refusal:
        errors = refusal.errors
    except TooLarge:
        errors = {name: [message("is larger than %(limit)d bytes", limit=MAX_BYTES)]}
    form.name.data, form.text.data = name, text
    form.shown.data = planned.digest if planned is not None else ""
    page = settings_page("core/configuration/plan.html", _ITEM, planned=planned, errors=errors, name=name, form=form,
                         lines=shown_lines(planned.plan) if planned else ())  # fmt: skip
    return page, 422 if errors else form.status


@bp.route("/preset/<preset>", methods=["GET", "POST"])
@guarded(_MANAGE)
def change(preset: str) -> ResponseReturnValue:
    """Another preset: which status takes the place of each one that goes."""
    load_preset(preset)
    with reading() as session:
        planned = plan_preset(session, preset, {}, actor=g.actor)
    form = _preset_form(planned)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            _refuse_many(planned, preset)
            change_preset(session, preset, form.moves(), actor=g.actor)
        if form.accepted:
            flash(_("This helpdesk has the statuses of “%(preset)s” now.", preset=_ABOUT[preset][0]), "success")
            return redirect(url_for("configuration.index"), 303)
    page = settings_page("core/configuration/preset.html", _ITEM, planned=planned, form=form, about=_ABOUT[preset],
                         name=preset, many=_is_too_much(planned), lines=shown_lines(planned.plan),
                         gone=planned.before.statuses)  # fmt: skip
    return page, form.status


def _preset_form(planned: Planned) -> PresetForm:
    gone = [(key, term("status", key, planned.before.statuses[key].label)) for key in planned.tickets]
    offered = [(key, term("status", key, one.label)) for key, one in planned.after.statuses.items()]
    kind = preset_form(gone, offered)
    return kind(data={f"move_{key}": target for key, target in planned.moves.items()})


def _is_too_much(planned: Planned) -> bool:
    return sum(planned.tickets.values()) > MOST_IN_A_REQUEST


def _refuse_many(planned: Planned, name: str) -> None:
    if _is_too_much(planned):
        raise Rejected(
            message("So many tickets are changed by the command: helpdesk config preset %(name)s", name=name)
        )
