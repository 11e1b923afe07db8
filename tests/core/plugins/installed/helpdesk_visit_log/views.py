"""Pages of the visit log."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk_core.toolkit import current_actor, get_ticket, guarded, reading, settings_page, unit_of_work
from helpdesk_visit_log import services


def pages() -> Blueprint:
    """A blueprint of its own for every app."""
    bp = Blueprint("visit_log", __name__, static_folder="static")
    bp.add_url_rule("/", "index", index)
    bp.add_url_rule("/mine", "mine", mine)
    bp.add_url_rule("/options", "options", options)
    bp.add_url_rule("/tickets/<int:ticket_id>/note", "note", note, methods=["POST"])
    return bp


@guarded("visit_log:entry:read")
def index() -> ResponseReturnValue:
    """All visits."""
    return render_template("visit_log/index.html")


@guarded("core:portal:use")
def mine() -> ResponseReturnValue:
    """A customer's page."""
    return render_template("visit_log/mine.html")


@guarded("core:settings:manage")
def options() -> ResponseReturnValue:
    """A page among the settings."""
    return settings_page("visit_log/options.html", "visit_log.options")


@guarded("visit_log:entry:write")
def note(ticket_id: int) -> ResponseReturnValue:
    """Note a visit."""
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=current_actor())
        services.note(session, ticket, request.form.get("note", "visited")[:200], actor=current_actor())
    return redirect(url_for("tickets.card", ticket_id=ticket_id), 303)


def sidebar(ticket: dict[str, int]) -> dict[str, object]:
    """What the card's slot shows."""
    with reading() as session:
        return {"notes": services.notes_of(session, ticket["id"])}
