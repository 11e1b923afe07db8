"""The card and what its buttons do: move, watch, link, delete."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.tickets.blueprint import bp
from helpdesk_core.tickets.card import build_card
from helpdesk_core.tickets.card_queries import load_card, mark_read
from helpdesk_core.tickets.commands import TransitionTicket
from helpdesk_core.tickets.forms import optional_id
from helpdesk_core.tickets.links import link_tickets, unlink_tickets
from helpdesk_core.tickets.relations import toggle_watching
from helpdesk_core.tickets.services import delete_ticket, get_ticket, transition_ticket
from helpdesk_core.tickets.uploads import discard
from helpdesk_core.ui.counts import forget_counts
from helpdesk_core.ui.formatting import parse_local
from helpdesk_core.ui.guard import guarded

_TABS = ("all", "public", "internal", "history")


def asked_tab() -> str:
    """The part of the card that is open: of this page, or of the one that a script asks from."""
    asked = request.args.get("tab")
    if asked is None:
        asked = parse_qs(urlsplit(request.headers.get("HX-Current-URL", "")).query).get("tab", ["all"])[0]
    return asked if asked in _TABS else "all"


def back_to_card(ticket_id: int) -> ResponseReturnValue:
    """To the card, by GET; to the part of it that was open where a script asks."""
    tab = asked_tab()
    return redirect(url_for("tickets.card", ticket_id=ticket_id, tab=None if tab == "all" else tab), 303)


@bp.get("/tickets/<int:ticket_id>")
@guarded("core:ticket:read")
def card(ticket_id: int) -> ResponseReturnValue:
    """The ticket; looking at it moves the reader's own mark and nothing else."""
    tab = asked_tab()
    with reading() as session:
        data = load_card(session, ticket_id, actor=g.actor, everything=request.args.get("everything") == "yes")
        page = build_card(session, data, g.actor, tab=tab)
        unseen = data.seen_at is None or data.seen_at < data.ticket.activity_at
    if unseen:
        with unit_of_work() as session:
            mark_read(session, ticket_id, actor=g.actor)
        forget_counts(g.actor)
    return render_template("core/tickets/card.html", page=page)


@bp.post("/tickets/<int:ticket_id>/transition")
@guarded("core:ticket:read")
def transition(ticket_id: int) -> ResponseReturnValue:
    """Move the ticket to another status."""
    try:
        until = parse_local(request.form.get("until", ""))
    except ValueError:
        raise Invalid({"until": [_("Give a date and a time.")]}) from None
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=g.actor, lock=True)
        command = TransitionTicket(to=request.form.get("to", ""), until_at=until)
        transition_ticket(session, ticket, command, actor=g.actor)
        mark_read(session, ticket_id, actor=g.actor)
    return back_to_card(ticket_id)


@bp.post("/tickets/<int:ticket_id>/watch")
@guarded("core:ticket:read")
def watch(ticket_id: int) -> ResponseReturnValue:
    """Begin or cease to watch the ticket: an employee subscribes himself."""
    with unit_of_work() as session:
        get_ticket(session, ticket_id, actor=g.actor, lock=True)
        watches = toggle_watching(session, ticket_id, actor=g.actor)
    if not watches:
        # Watching may have been what let him see the ticket.
        flash(_("You no longer watch ticket #%(number)s.", number=ticket_id), "success")
        return redirect(_still(ticket_id), 303)
    return back_to_card(ticket_id)


def _still(ticket_id: int) -> str:
    with reading() as session:
        try:
            get_ticket(session, ticket_id, actor=g.actor)
        except NotFound:
            return url_for("tickets.index")
    return url_for("tickets.card", ticket_id=ticket_id)


@bp.post("/tickets/<int:ticket_id>/links")
@guarded("core:ticket:read")
def link(ticket_id: int) -> ResponseReturnValue:
    """Link another ticket that the reader sees."""
    other = optional_id(request.form.get("number", "").strip().removeprefix("#")) or 0
    with unit_of_work() as session:
        source = get_ticket(session, ticket_id, actor=g.actor, permission="core:ticket:change", lock=True)
        try:
            target = get_ticket(session, other, actor=g.actor)
        except NotFound:
            raise Rejected(_("There is no such ticket.")) from None
        link_tickets(session, source, target, request.form.get("relation", "related"), actor=g.actor)
    return back_to_card(ticket_id)


@bp.post("/tickets/<int:ticket_id>/links/<int:link_id>/delete")
@guarded("core:ticket:read")
def unlink(ticket_id: int, link_id: int) -> ResponseReturnValue:
    """Take a link away."""
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=g.actor, permission="core:ticket:change", lock=True)
        unlink_tickets(session, ticket, link_id, actor=g.actor)
    return back_to_card(ticket_id)


@bp.post("/tickets/<int:ticket_id>/delete")
@guarded("core:ticket:read")
def delete(ticket_id: int) -> ResponseReturnValue:
    """Delete the ticket with everything that hangs on it."""
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=g.actor, lock=True)
        stored = delete_ticket(session, ticket, actor=g.actor)
    discard(stored)
    flash(_("Ticket #%(number)s was deleted.", number=ticket_id), "success")
    return redirect(url_for("tickets.index"), 303)
