"""What the script of a page asks for, the bell, and the settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk_core.toolkit import (
    current_actor,
    get_ticket,
    guarded,
    reading,
    settings_page,
    signed_in,
    unit_of_work,
)
from helpdesk_push import gettext as _
from helpdesk_push.bell import SHOWN, name_of, nobodys, take
from helpdesk_push.forms import OptionsForm
from helpdesk_push.gate import admit
from helpdesk_push.hints import DISPATCH
from helpdesk_push.notices import news
from helpdesk_push.options import MANAGE, read_options, save_options

bp = Blueprint("push", __name__, static_folder="static")
settings_bp = Blueprint("push_settings", __name__)
_NAV: Final = "push.options"
_MOST_NUMBER: Final = 2**31 - 1


@bp.get("/admission")
@signed_in
def admission() -> ResponseReturnValue:
    """Whether a page of this visitor may open a socket: the gate asks."""
    return Response(status=admit())


@bp.get("/news")
@signed_in
def latest() -> ResponseReturnValue:
    """What happened since an event, as far as the reader may know; of one ticket where ``ticket`` names it."""
    after = request.args.get("after", 0, type=int)
    ticket_id = request.args.get("ticket", type=int)
    if not 0 <= after <= _MOST_NUMBER or not 0 <= (ticket_id or 0) <= _MOST_NUMBER:
        return jsonify(error=_("No such event.")), 400
    with reading() as session:
        if ticket_id is not None:
            get_ticket(session, ticket_id, actor=current_actor())
        found = news(session, current_actor(), after=after, ticket_id=ticket_id)
    return jsonify({**found, "notices": [asdict(notice) for notice in found["notices"]]})


@bp.get("/bell")
@guarded(DISPATCH)
def bell() -> ResponseReturnValue:
    """The tickets of nobody, drawn for the bell."""
    with reading() as session:
        tickets = nobodys(session, current_actor())
    return render_template("push/bell.html", tickets=tickets[:SHOWN], more=len(tickets) > SHOWN)


@bp.get("/bell/<int:ticket_id>")
@guarded(DISPATCH)
def open_ticket(ticket_id: int) -> ResponseReturnValue:
    """The ticket; says so where somebody else has taken it meanwhile (CR-13)."""
    actor = current_actor()
    with reading() as session:
        holder = get_ticket(session, ticket_id, actor=actor).assignee_id
    if holder is not None and holder != actor.id:
        flash(_("Taken by %(name)s.", name=name_of(holder)), "warning")
    return redirect(url_for("tickets.card", ticket_id=ticket_id), 303)


@bp.post("/bell/<int:ticket_id>/take")
@guarded(DISPATCH)
def take_ticket(ticket_id: int) -> ResponseReturnValue:
    """Take the ticket and open it; who comes second is told who was faster (CR-13)."""
    with unit_of_work() as session:
        faster = take(session, ticket_id, actor=current_actor())
    if faster is not None:
        flash(_("Taken by %(name)s.", name=faster), "warning")
    return redirect(url_for("tickets.card", ticket_id=ticket_id), 303)


@settings_bp.route("/", methods=["GET", "POST"])
@guarded(MANAGE)
def options() -> ResponseReturnValue:
    """What the site chooses."""
    with reading() as session:
        form = OptionsForm(obj=read_options(session))
    if form.submitted():
        values = {name: bool(form[name].data) for name in ("live", "sound", "bell")}
        with form.refusals(), unit_of_work() as session:
            save_options(session, values, actor=current_actor())
        if form.accepted:
            flash(_("The choices were saved."), "success")
            return redirect(url_for("push_settings.options"), 303)
    return settings_page("push/options.html", _NAV, page={"form": form}), form.status
