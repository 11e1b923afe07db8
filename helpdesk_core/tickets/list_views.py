"""The list, the inbox, saved views, columns, bulk changes and the export."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from helpdesk_core.access.policy import require
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.tickets.blueprint import bp
from helpdesk_core.tickets.bulk import apply_bulk, read_bulk
from helpdesk_core.tickets.export import csv_response
from helpdesk_core.tickets.filters import TicketQuery, parse_query, stored_query
from helpdesk_core.tickets.inbox import build_inbox
from helpdesk_core.tickets.listing import build_list, column_labels, list_url
from helpdesk_core.tickets.saved_views import choose_columns, delete_view, save_view, views_for
from helpdesk_core.ui.guard import guarded


def _asked() -> TicketQuery:
    """The query of the request; a saved view alone stands for its own filter."""
    query = parse_query(request.args)
    if query.view is None or query.filter_pairs():
        return query
    with reading() as session:
        view = next((one for one in views_for(session, g.actor) if str(one.id) == query.view), None)
        if view is None:
            return replace(query, view=None)
        kept = stored_query(view.filters, view=query.view)
    if "sort" in request.args:
        kept = replace(kept, sort=query.sort, descending=query.descending)
    return replace(kept, cursor=query.cursor)


def _returning() -> TicketQuery:
    """The list a form was sent from, out of its ``back_`` fields."""
    args: MultiDict[str, str] = MultiDict()
    for name, value in request.form.items(multi=True):
        if name.startswith("back_"):
            args.add(name.removeprefix("back_"), value)
    return parse_query(args)


@bp.get("/tickets")
@guarded("core:desk:use")
def index() -> ResponseReturnValue:
    """The list of tickets."""
    with reading() as session:
        page = build_list(session, _asked(), g.actor)
    return render_template("core/tickets/list.html", page=page)


@bp.get("/inbox")
@guarded("core:desk:use")
def inbox() -> ResponseReturnValue:
    """What waits for the reader."""
    with reading() as session:
        page = build_inbox(session, g.actor)
    return render_template("core/tickets/inbox.html", page=page)


@bp.post("/tickets/views", endpoint="save_view")
@guarded("core:desk:use")
def save_view_() -> ResponseReturnValue:
    """Keep the filter of the list under a name."""
    query = replace(parse_query(request.args), view=None)
    shared = request.form.get("shared") == "yes"
    with unit_of_work() as session:
        view = save_view(session, request.form.get("name", ""), query, shared=shared, actor=g.actor)
        view_id = view.id
    flash(_("The view was saved."), "success")
    return redirect(url_for("tickets.index", view=view_id), 303)


@bp.post("/tickets/views/<int:view_id>/delete", endpoint="delete_view")
@guarded("core:desk:use")
def delete_view_(view_id: int) -> ResponseReturnValue:
    """Delete a view of one's own."""
    with unit_of_work() as session:
        delete_view(session, view_id, actor=g.actor)
    flash(_("The view was deleted."), "success")
    return redirect(url_for("tickets.index"), 303)


@bp.post("/tickets/columns")
@guarded("core:desk:use")
def columns() -> ResponseReturnValue:
    """Keep the columns chosen for this view, in their order (OK-047)."""
    query = _returning()
    with unit_of_work() as session:
        labels = column_labels(g.actor)
        chosen = [key for key in dict.fromkeys(request.form.getlist("columns")) if key in labels]
        if "subject" not in chosen:
            chosen.insert(0, "subject")
        reset = request.form.get("reset") == "yes"
        choose_columns(session, query.view or "default", None if reset else chosen, actor=g.actor)
    return redirect(list_url(query), 303)


@bp.post("/tickets/bulk")
@guarded("core:desk:use")
def bulk() -> ResponseReturnValue:
    """One change for many tickets, with a result for each (UR-12)."""
    back = _returning()
    try:
        command = read_bulk(request.form)
    except Invalid as error:
        flash(str(error), "danger")
        return redirect(list_url(back), 303)
    with unit_of_work() as session:
        results = apply_bulk(session, command, actor=g.actor)
    done = sum(1 for result in results if result.reason is None)
    if done == len(results):
        flash(_("%(count)d tickets changed.", count=done), "success")
        return redirect(list_url(back), 303)
    page = {"title": _("Result"), "results": results, "done": done, "back_url": list_url(back)}
    return render_template("core/tickets/bulk.html", page=page)


@bp.get("/tickets/export.csv")
@guarded("core:ticket:export")
def export() -> ResponseReturnValue:
    """What the filter shows, as CSV."""
    require(g.actor, "core:ticket:export")
    return csv_response(_asked(), g.actor)
