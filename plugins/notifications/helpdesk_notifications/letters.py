"""A notice as a letter: the ticket as its reader may see it, in the words of the site, in its design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from babel import Locale
from flask_babel import force_locale
from markupsafe import escape
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Comment,
    Company,
    Contact,
    Invalid,
    StatusCategory,
    Ticket,
    external_url,
    last_word_url,
    people,
    site_name,
    status_catalog,
    term,
    ticket_catalog,
    ticket_token,
    words_for_customers,
)
from helpdesk_notifications.kinds import CONTACT
from helpdesk_notifications.models import Notice
from helpdesk_notifications.options import PLACE, read_options
from helpdesk_notifications.rendering import Values, draw_html, draw_text
from helpdesk_notifications.wording import Words, built_in, built_in_design, phrase, spoken, words_for

_TEXT_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished notice; an ``internal`` one tells of what customers do not see."""

    subject: str
    text: str
    html: str
    content: str
    internal: bool = False


def letter_of(session: Session, notice: Notice) -> Letter | None:
    """*notice* as it may be told now; nothing where the comment was hidden or taken away meanwhile."""
    ticket = session.get(Ticket, notice.ticket_id)
    comment = session.get(Comment, notice.comment_id) if notice.comment_id else None
    if ticket is None or ("comment" in notice.facts and comment is None):
        return None
    customer = notice.audience == CONTACT
    if comment is not None and (comment.redacted_at is not None or (customer and comment.internal)):
        return None
    words = words_for(session, notice.kind, notice.audience, notice.language)
    with force_locale(notice.language), words_for_customers(customer):
        values = values_of(session, ticket, comment, notice)
        internal = comment is not None and comment.internal
        return drawn(session, words, values, notice, internal=internal)


def drawn(session: Session, words: Words, values: Values, notice: Notice, *, internal: bool = False) -> Letter:
    """*words* with *values*, in the site's design; words that fail to be drawn give way to the plugin's."""
    try:
        subject, text = draw_text(words.subject, values), draw_text(words.body, values)
        content = draw_html(words.body, values)
    except (Invalid, ValueError, TypeError):
        if not words.own:
            raise
        own = built_in(notice.kind, notice.audience, notice.language)
        return drawn(session, own, values, notice, internal=internal)
    footer = draw_text(phrase("footer", notice.language), values)
    design = read_options(session).design or built_in_design()
    token = ticket_token(notice.ticket_id, notice.recipient, internal=internal)
    return Letter(
        subject=f"{token} {' '.join(subject.split())}",
        text=f"{text.strip()}\n\n-- \n{footer}\n",
        html=designed(design, _directed(content, notice.language), footer),
        content=content,
        internal=internal,
    )


def designed(design: str, content: str, footer: str) -> str:
    """The design with the text in its place."""
    head, _place, rest = design.partition(PLACE)
    fill = {"(((SITE)))": str(escape(site_name())), "(((FOOTER)))": f'<span dir="auto">{escape(footer)}</span>'}
    for place, value in fill.items():
        head, rest = head.replace(place, value), rest.replace(place, value)
    return f"{head}{content}{rest}"


def _directed(content: str, language: str) -> str:
    """*content* that says its language and runs from right to left where that does; the design is one for all."""
    locale = Locale.parse(spoken(language))
    return f'<div lang="{locale}" dir="{locale.text_direction}">{content}</div>'


def values_of(session: Session, ticket: Ticket, comment: Comment | None, notice: Notice) -> Values:
    """What a letter may name; the names of colleagues and the priority are not for customers."""
    customer = notice.audience == CONTACT
    catalog = ticket_catalog()
    company = session.get(Company, ticket.company_id) if ticket.company_id else None
    contact = session.get(Contact, ticket.contact_id) if ticket.contact_id else None
    assignee = people().employees.get(ticket.assignee_id or 0)
    group = people().groups.get(ticket.group_id or 0)
    priority = catalog.priorities.get(ticket.priority_id)
    page = "portal.card" if customer else "tickets.card"
    facts = notice.facts
    return {
        "ticket": {
            "number": str(ticket.id),
            "subject": ticket.subject,
            "description": ticket.description[:_TEXT_LIMIT],
            "status": _status(ticket.status_key),
            "priority": "" if customer or priority is None else str(priority.label),
            "company": company.name if company else "",
            "contact": contact.name if contact else "",
            "assignee": "" if customer or assignee is None else assignee.name,
            "group": "" if customer or group is None else group.name,
            "url": external_url(page, ticket_id=ticket.id),
            "last_word_url": _last_word(ticket, contact, notice),
            "awaits_answer": "yes" if customer and _waits(ticket) else "",
        },
        "comment": {
            "author": (comment.author_label or site_name()) if comment else "",
            "text": comment.body[:_TEXT_LIMIT] if comment else "",
        },
        "event": {
            "author": str(facts.get("author") or site_name()),
            "status": _status(str(facts.get("status") or ticket.status_key)),
            "status_before": _status(str(facts.get("status_before") or "")),
        },
        "recipient": {"name": notice.name},
        "site": {"name": site_name(), "url": external_url("start")},
    }


def _last_word(ticket: Ticket, contact: Contact | None, notice: Notice) -> str:
    """The link by which the contact confirms or resumes: in his own mail alone, for it speaks for him (UR-08)."""
    if contact is None or notice.recipient != f"contact:{contact.id}":
        return ""
    return last_word_url(ticket, contact) or ""


def _waits(ticket: Ticket) -> bool:
    known = status_catalog().by_key.get(ticket.status_key)
    return known is not None and known.category is StatusCategory.WAITING


def _status(key: str) -> str:
    known = status_catalog().by_key.get(key)
    return str(term("status", known.key, known.label)) if known else key


def digest_of(session: Session, told: Sequence[tuple[Notice, Letter]]) -> Letter:
    """Many notices for one recipient as one letter, in the order in which they happened."""
    first = told[0][0]
    language = first.language
    subject = phrase("digest_subject", language).format(count=len(told))
    lead = phrase("digest_body", language)
    text = [lead, *(_short(letter) for _notice, letter in told)]
    parts = [f"<h2>{escape(letter.subject)}</h2>{letter.content}" for _notice, letter in told]
    design = read_options(session).design or built_in_design()
    return Letter(
        subject=subject,
        text="\n\n------\n\n".join(text) + "\n",
        html=designed(design, _directed(f"<p>{escape(lead)}</p>{'<hr>'.join(parts)}", language), ""),
        content="",
    )


def _short(letter: Letter) -> str:
    text, _mark, _footer = letter.text.rpartition("\n-- \n")
    return f"{letter.subject}\n\n{text.strip()}"
