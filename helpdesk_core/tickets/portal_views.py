"""The customer's pages: his own requests, public words only."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.i18n.nouns import section
from helpdesk_core.tickets.card import composer, file_limit, head, timeline
from helpdesk_core.tickets.card_queries import load_card
from helpdesk_core.tickets.commands import AddComment, CreateTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.filters import TicketQuery, parse_query
from helpdesk_core.tickets.forms import PortalForm
from helpdesk_core.tickets.last_word_views import offered
from helpdesk_core.tickets.portal_blueprint import bp
from helpdesk_core.tickets.portal_queries import answered_tickets, mark_seen
from helpdesk_core.tickets.queries import list_page
from helpdesk_core.tickets.services import create_ticket, get_ticket
from helpdesk_core.tickets.uploads import received
from helpdesk_core.ui.formatting import filesize
from helpdesk_core.ui.guard import guarded


@bp.get("/my")
@guarded("core:portal:use")
def index() -> ResponseReturnValue:
    """The customer's own requests."""
    everything = request.args.get("show") == "all"
    # Of the filters of the desk's list none counts here but the page.
    query = TicketQuery(open=not everything, cursor=parse_query(request.args).cursor)
    with reading() as session:
        found = list_page(session, query, actor=g.actor)
        answered = answered_tickets(session, (row.ticket_id for row in found.rows), actor=g.actor)
    show = "all" if everything else None
    rows = [
        {
            "ticket_id": row.ticket_id,
            "number": row.number,
            "subject": row.subject,
            "status": row.status,
            "updated_at": row.updated_at,
            "created_at": row.created_at,
            "unread": row.ticket_id in answered,
            "url": url_for("portal.card", ticket_id=row.ticket_id),
        }
        for row in found.rows
    ]
    page = {
        "title": section("my"),
        "lead": None,
        "tabs": [
            {"label": _("Open"), "url": url_for("portal.index"), "active": not everything, "count": None},
            {"label": _("All"), "url": url_for("portal.index", show="all"), "active": everything, "count": None},
        ],
        "rows": rows,
        "pager": {
            "previous_url": _page_url(show, found.previous_cursor),
            "next_url": _page_url(show, found.next_cursor),
            "text": "",
        },
        "filtered": not everything,
    }
    return render_template("core/portal/list.html", page=page)


def _page_url(show: str | None, cursor: str | None) -> str | None:
    return url_for("portal.index", show=show, cursor=cursor) if cursor else None


@bp.route("/my/new", methods=["GET", "POST"])
@guarded("core:portal:use")
def new() -> ResponseReturnValue:
    """A new request; sending it twice makes one (OK-008)."""
    form = PortalForm()
    if not form.is_submitted():
        form.form_token.data = secrets.token_hex(16)
    if form.submitted():
        with form.refusals(), received(request.files.getlist("files")) as files, unit_of_work() as session:
            command = CreateTicket(
                subject=form.subject.data or "",
                description=form.description.data or "",
                files=files,
                registration_method="portal",
                form_token=(form.form_token.data or "")[:64] or None,
            )
            ticket_id = create_ticket(session, command, actor=g.actor).id
        if form.accepted:
            return redirect(url_for("portal.card", ticket_id=ticket_id), 303)
    page = {
        "form": form,
        "cancel_url": url_for("portal.index"),
        "preview_url": url_for("tickets.preview"),
        "limit_text": _("up to %(size)s each", size=filesize(file_limit())),
        "max_bytes": file_limit(),
    }
    return render_template("core/portal/new.html", page=page), form.status


@bp.get("/my/<int:ticket_id>")
@guarded("core:portal:use")
def card(ticket_id: int) -> ResponseReturnValue:
    """A request of one's own with its public conversation."""
    with reading() as session:
        page = _build(session, ticket_id)
        news = answered_tickets(session, [ticket_id], actor=g.actor)
    if news:
        with unit_of_work() as session:
            mark_seen(session, ticket_id, actor=g.actor)
    return render_template("core/portal/card.html", page=page)


def _build(session: Session, ticket_id: int, **typed: Any) -> dict[str, Any]:
    data = load_card(session, ticket_id, actor=g.actor)
    # Who does what inside the desk is not the customer's business: of the history he gets the steps alone.
    data = replace(data, events=[event for event in data.events if event.name == "ticket.transitioned"])
    ticket = head(data)
    url = url_for("portal.reply", ticket_id=ticket_id)
    box = composer(session, data, url, g.actor, **typed)
    if box is not None:
        box |= {"may_internal": False, "may_finish": False, "internal": False, "to": ""}
    return {
        "ticket": ticket | {"url": url_for("portal.card", ticket_id=ticket_id)},
        "entries": timeline(data, g.actor),
        "composer": box,
        "last_word": offered(session, ticket_id, g.actor, url_for("portal.say_last_word", ticket_id=ticket_id)),
        "actions": [],
        "facts": [],
    }


@bp.post("/my/<int:ticket_id>/reply")
@guarded("core:portal:use")
def reply(ticket_id: int) -> ResponseReturnValue:
    """Answer on a request of one's own; always public."""
    body = request.form.get("body", "")
    with reading() as session:
        get_ticket(session, ticket_id, actor=g.actor)
    try:
        with received(request.files.getlist("files")) as files, unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=g.actor, lock=True)
            command = AddComment(body=body, internal=False, files=files, registration_method="portal")
            added = add_comment(session, ticket, command, actor=g.actor)
            comment_id, owner_id = added.id, added.ticket_id
    except Invalid as error:
        return _again(ticket_id, body, [text for texts in error.errors.values() for text in texts], 422)
    except Rejected as error:
        return _again(ticket_id, body, [error.reason], 409)
    return redirect(url_for("portal.card", ticket_id=owner_id, _anchor=f"comment-{comment_id}"), 303)


def _again(ticket_id: int, body: str, errors: list[str], status: int) -> ResponseReturnValue:
    with reading() as session:
        page = _build(session, ticket_id, body=body, errors=errors)
    return render_template("core/portal/card.html", page=page), status
