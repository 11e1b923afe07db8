"""Comments: write, edit, hide, redact, and see what an edited one said before."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk_core.contract.errors import Conflict, Invalid, NotFound, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.tickets.blueprint import bp
from helpdesk_core.tickets.card import build_card, composer
from helpdesk_core.tickets.card_queries import load_card, mark_read
from helpdesk_core.tickets.commands import AddComment
from helpdesk_core.tickets.comments import add_comment, edit_comment, editable_comment, get_comment, make_internal
from helpdesk_core.tickets.comments import redact_comment as redact
from helpdesk_core.tickets.forms import optional_id
from helpdesk_core.tickets.models import CommentRevision
from helpdesk_core.tickets.services import get_ticket
from helpdesk_core.tickets.uploads import discard, received
from helpdesk_core.ui.guard import guarded, signed_in
from helpdesk_core.ui.markdown import render

_PREVIEW_LIMIT = 100_000


@bp.post("/tickets/<int:ticket_id>/comments")
@guarded("core:ticket:read")
def comment(ticket_id: int) -> ResponseReturnValue:
    """Send a comment, and finish the ticket where that was asked for; a refusal keeps what was typed."""
    body = request.form.get("body", "")
    # Anything but an explicit "public" stays inside: a damaged form must not publish a note.
    internal = request.form.get("visibility") != "public"
    finish = request.form.get("then") == "finish"
    with reading() as session:
        get_ticket(session, ticket_id, actor=g.actor)
    try:
        with received(request.files.getlist("files")) as files, unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=g.actor, lock=True)
            command = AddComment(body=body, internal=internal, files=files, finish=finish)
            added = add_comment(session, ticket, command, actor=g.actor)
            mark_read(session, ticket_id, actor=g.actor)
            comment_id, owner_id = added.id, added.ticket_id
    except Invalid as error:
        return _again(ticket_id, body, internal, [text for texts in error.errors.values() for text in texts], 422)
    except Rejected as error:
        return _again(ticket_id, body, internal, [error.reason], 409)
    return redirect(url_for("tickets.card", ticket_id=owner_id, _anchor=f"comment-{comment_id}"), 303)


def _again(ticket_id: int, body: str, internal: bool, errors: list[str], status: int) -> ResponseReturnValue:
    with reading() as session:
        data = load_card(session, ticket_id, actor=g.actor)
        page = build_card(session, data, g.actor, tab="all")
        url = url_for("tickets.comment", ticket_id=ticket_id)
        page["composer"] = composer(session, data, url, g.actor, body=body, internal=internal, errors=errors)
    return render_template("core/tickets/card.html", page=page), status


@bp.post("/tickets/preview")
@signed_in
def preview() -> ResponseReturnValue:
    """Markdown as it will look; takes ``body``, or the first text that was sent."""
    text = request.form.get("body") or request.form.get("text") or request.form.get("description") or ""
    return str(render(text[:_PREVIEW_LIMIT]))


@bp.route("/comments/<int:comment_id>/edit", methods=["GET", "POST"], endpoint="edit_comment")
@guarded("core:ticket:read")
def edit_comment_(comment_id: int) -> ResponseReturnValue:
    """Write a comment anew; what it said before stays in its history."""
    with reading() as session:
        ticket, row = editable_comment(session, comment_id, actor=g.actor)
        ticket_id, body, version = ticket.id, row.body, row.version
    errors: list[str] = []
    theirs, status = None, 200
    if request.method == "POST":
        body = request.form.get("body", "")
        try:
            with unit_of_work() as session:
                sent = optional_id(request.form.get("version"))
                edit_comment(session, comment_id, body, actor=g.actor, version=sent)
            return redirect(url_for("tickets.card", ticket_id=ticket_id, _anchor=f"comment-{comment_id}"), 303)
        except Invalid as error:
            errors, status = [text for texts in error.errors.values() for text in texts], 422
        except Conflict as error:
            theirs, status = str(error.fields[0].theirs), 409
            errors = [
                _("Somebody else edited this comment meanwhile: their text stands below. Send yours again to keep it.")
            ]
        except Rejected as error:
            errors, status = [error.reason], 409
    page = {
        "title": _("Edit the comment"),
        "url": url_for("tickets.edit_comment", comment_id=comment_id),
        "body": body,
        "version": version,
        "theirs": theirs,
        "errors": errors,
        "preview_url": url_for("tickets.preview"),
        "cancel_url": url_for("tickets.card", ticket_id=ticket_id),
    }
    return render_template("core/tickets/comment_edit.html", page=page), status


@bp.post("/comments/<int:comment_id>/hide")
@guarded("core:ticket:read")
def hide_comment(comment_id: int) -> ResponseReturnValue:
    """Make a public comment internal (T-13)."""
    with unit_of_work() as session:
        row = make_internal(session, comment_id, actor=g.actor)
        ticket_id = row.ticket_id
    flash(_("The comment is internal now."), "success")
    return redirect(url_for("tickets.card", ticket_id=ticket_id, _anchor=f"comment-{comment_id}"), 303)


@bp.post("/comments/<int:comment_id>/redact")
@guarded("core:ticket:read")
def redact_comment(comment_id: int) -> ResponseReturnValue:
    """Take text and files of a comment away for good."""
    with unit_of_work() as session:
        ticket, _row = get_comment(session, comment_id, actor=g.actor)
        ticket_id = ticket.id
        stored = redact(session, comment_id, actor=g.actor)
    discard(stored)
    return redirect(url_for("tickets.card", ticket_id=ticket_id, _anchor=f"comment-{comment_id}"), 303)


@bp.get("/comments/<int:comment_id>/history")
@guarded("core:ticket:read")
def comment_history(comment_id: int) -> ResponseReturnValue:
    """What an edited comment said before."""
    with reading() as session:
        ticket, row = get_comment(session, comment_id, actor=g.actor)
        if row.redacted_at is not None:
            raise NotFound("comment")
        kept = select(CommentRevision).where(CommentRevision.comment_id == comment_id)
        revisions = session.scalars(kept.order_by(CommentRevision.id.desc())).all()
        page = {
            "title": _("Earlier versions"),
            "back_url": url_for("tickets.card", ticket_id=ticket.id, _anchor=f"comment-{comment_id}"),
            "versions": [
                {"body": render(one.body), "at": one.replaced_at, "who": one.editor_label} for one in revisions
            ],
        }
    return render_template("core/tickets/comment_history.html", page=page)
