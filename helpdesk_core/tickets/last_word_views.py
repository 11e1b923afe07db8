"""Pages on which a customer confirms or resumes a ticket: his own, and one behind a link in a mail (UR-08, T-57)."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.customers.models import Contact
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.extensions import limiter
from helpdesk_core.i18n.terms import words_for_customers
from helpdesk_core.mail.last_word import LastWordLink, read_last_word
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.last_word import confirm_ticket, last_word, resume_ticket
from helpdesk_core.tickets.portal_blueprint import bp
from helpdesk_core.tickets.services import get_ticket
from helpdesk_core.ui.guard import guarded, public

#: The address speaks for somebody: it goes to no other site, into no cache and no index.
_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def offered(session: Session, ticket_id: int, actor: Actor, url: str, **typed: Any) -> dict[str, Any] | None:
    """The two forms of the last word, as the template draws them; nothing where there is none to say."""
    ticket = get_ticket(session, ticket_id, actor=actor)
    words = last_word(ticket, actor)
    if not words:
        return None
    return {"url": url, "confirm": words.confirm, "resume": words.resume, "reason": "", "errors": [], **typed}


@bp.post("/my/<int:ticket_id>/last-word")
@guarded("core:portal:use")
def say_last_word(ticket_id: int) -> ResponseReturnValue:
    """Confirm or resume a request of one's own."""
    with reading() as session:
        get_ticket(session, ticket_id, actor=g.actor)
    problems, _status = _said(ticket_id, g.actor, "portal")
    for problem in problems:
        flash(problem, "danger")
    return redirect(url_for("portal.card", ticket_id=ticket_id), 303)


@bp.route("/last-word/<signed>", methods=["GET", "POST"], endpoint="last_word")
@public
@limiter.limit("60/minute")
@limiter.limit("10/minute", methods=["POST"])
def last_word_page(signed: str) -> ResponseReturnValue:
    """What a mailed link leads to: looking at it changes nothing, pressing a button does (T-57)."""
    link = read_last_word(signed)
    if link is None:
        raise NotFound("link")
    with reading() as session:
        actor, language = _speaker(session, link)
        get_ticket(session, link.ticket_id, actor=actor)
    with force_locale(language), words_for_customers():
        if link.over:
            page = render_template("core/portal/last_word.html", page=None)
            return page, 410, _PRIVATE
        problems, status = _said(link.ticket_id, actor, "mail") if request.method == "POST" else ([], 200)
        if request.method == "POST" and not problems:
            return redirect(url_for("portal.last_word", signed=signed), 303)
        return _page(link, actor, problems), status, _PRIVATE


def _speaker(session: Session, link: LastWordLink) -> tuple[Actor, str]:
    """The contact that a link speaks for, and his language; raises ``NotFound`` for one who is no more."""
    contact = session.get(Contact, link.contact_id)
    if contact is None or contact.anonymised_at is not None:
        raise NotFound("link")
    return Actor(ActorKind.CONTACT, contact.id, contact.name), contact.language


def _said(ticket_id: int, actor: Actor, method: str) -> tuple[list[str], int]:
    """Do what was pressed; what was wrong with it, and the status of the answer."""
    try:
        with unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
            if request.form.get("say") == "confirm":
                confirm_ticket(session, ticket, actor=actor)
            else:
                reason = request.form.get("reason", "")
                resume_ticket(session, ticket, reason, actor=actor, method=method)
    except Invalid as error:
        return [text for texts in error.errors.values() for text in texts], error.http_status
    except Rejected as error:
        return [error.reason], error.http_status
    done = _("Thank you: the request is closed.") if request.form.get("say") == "confirm" else _("We are on it again.")
    flash(done, "success")
    return [], 200


def _page(link: LastWordLink, actor: Actor, problems: list[str]) -> str:
    with reading() as session:
        ticket = get_ticket(session, link.ticket_id, actor=actor)
        words = offered(session, ticket.id, actor, request.path, reason=request.form.get("reason", ""), errors=problems)
        page = {
            "number": ticket.id,
            "subject": ticket.subject,
            "status": status_catalog().by_key[ticket.status_key],
            "created_at": ticket.created_at,
            "last_word": words,
            "errors": problems,
        }
    return render_template("core/portal/last_word.html", page=page)
