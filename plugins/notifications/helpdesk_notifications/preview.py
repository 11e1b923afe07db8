"""What a text would look like as a mail, on a real ticket, without sending or saving anything."""

from __future__ import annotations

from flask import render_template
from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    Comment,
    Contact,
    Invalid,
    NotFound,
    Ticket,
    get_ticket,
    people,
    utcnow,
    words_for_customers,
)
from helpdesk_notifications import gettext as _
from helpdesk_notifications.kinds import COMMENT, CONTACT, MENTION, NOTE
from helpdesk_notifications.letters import designed, drawn, values_of
from helpdesk_notifications.models import Notice
from helpdesk_notifications.options import PLACE
from helpdesk_notifications.rendering import check
from helpdesk_notifications.wording import Words


def preview_of(session: Session, place: tuple[str, str, str], words: Words, ticket_id: int, *, actor: Actor) -> str:
    """The mail as a page of its own, or a page that says what is wrong with it."""
    kind, audience, language = place
    try:
        ticket = get_ticket(session, ticket_id, actor=actor)
    except NotFound:
        return _trouble([_("Choose a ticket to try the text on.")])
    try:
        check(words.subject, "subject")
        check(words.body, "body")
        notice = _sample(session, ticket, kind, audience, language, actor)
        comment = _comment(session, ticket, kind)
        with words_for_customers(audience == CONTACT):
            letter = drawn(session, words, values_of(session, ticket, comment, notice), notice)
    except Invalid as error:
        return _trouble([text for texts in error.errors.values() for text in texts])
    subject = render_template("notifications/preview.html", subject=letter.subject)
    before, body, after = letter.html.partition("<body>")
    return f"{before}{body}{subject}{after}" if body else f"{letter.html}{subject}"


def design_preview(design: str) -> str:
    """The design around a sample, or a page that says what is wrong with it."""
    if design.count(PLACE) != 1:
        return _trouble([_("The design must hold %(place)s once: the text of the mail stands there.", place=PLACE)])
    sample = escape(_("Here stands the text of the mail."))
    return designed(design, f"<p>{sample}</p>", _("Here stands why the mail came."))


def _trouble(texts: list[str]) -> str:
    return render_template("notifications/preview_trouble.html", texts=texts)


def _sample(session: Session, ticket: Ticket, kind: str, audience: str, language: str, actor: Actor) -> Notice:
    contact = session.get(Contact, ticket.contact_id) if ticket.contact_id else None
    person = people().employees.get(actor.id or 0)
    name = contact.name if audience == CONTACT and contact is not None else person.name if person else actor.label
    return Notice(
        ticket_id=ticket.id,
        kind=kind,
        audience=audience,
        language=language,
        recipient="",
        name=name,
        created_at=utcnow(),
        facts={"author": actor.label, "status": ticket.status_key, "status_before": ticket.status_key},
    )


def _comment(session: Session, ticket: Ticket, kind: str) -> Comment | None:
    """The latest comment that such a notice might be about."""
    if kind not in (COMMENT, NOTE, MENTION):
        return None
    query = select(Comment).where(Comment.ticket_id == ticket.id, Comment.redacted_at.is_(None))
    query = query.where(Comment.internal.is_(kind == NOTE)).order_by(Comment.id.desc()).limit(1)
    return session.scalars(query).first()
