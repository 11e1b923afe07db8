"""Between tickets and articles: what is suggested, what becomes an answer, what a ticket becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    Comment,
    Rejected,
    Ticket,
    TicketAction,
    current_actor,
    get_ticket,
    plugin_settings,
    reading,
)
from helpdesk_knowledge_base import gettext as _
from helpdesk_knowledge_base import queries
from helpdesk_knowledge_base.access import USE, Reader, may_create
from helpdesk_knowledge_base.commands import BODY_LIMIT, TITLE_LIMIT
from helpdesk_knowledge_base.models import Article
from helpdesk_knowledge_base.rendering import without_pictures
from helpdesk_knowledge_base.services import get_article
from helpdesk_knowledge_base.settings import KnowledgeBaseSettings

#: Of a ticket's conversation this many public answers go into a new article.
_ANSWERS: Final = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """What an article of a ticket begins with."""

    title: str
    body: str


def customer_of(ticket: Ticket) -> Actor:
    """The contact who reads the answers on *ticket*; without one, any contact, so that nothing internal slips in."""
    return Actor(ActorKind.CONTACT, ticket.contact_id or 0)


def beside_ticket(ticket: Mapping[str, Any]) -> Mapping[str, object] | None:
    """The articles that resemble the ticket of a card; nothing where none are wanted."""
    limit = plugin_settings(KnowledgeBaseSettings).suggestions
    if not limit:
        return None
    actor = current_actor()
    with reading() as session:
        row = session.get(Ticket, ticket["id"])
        if row is None:
            return None
        text = f"{row.subject}\n{row.description}"
        found = queries.suggested(session, text, actor=actor, limit=limit, customer=customer_of(row))
    return {"articles": found}


def answer_of(session: Session, article_id: int, ticket_id: int, url: str, *, actor: Actor) -> str:
    """The article's text for the reply box of a ticket; raises ``Rejected`` where its customer may not read it."""
    ticket = get_ticket(session, ticket_id, actor=actor)
    article = get_article(session, article_id, actor=actor)
    theirs = Reader(customer_of(ticket)).articles()
    if session.scalar(select(Article.id).where(Article.id == article_id, theirs)) is None:
        raise Rejected(_("The customer of this ticket may not read this article, so it cannot be the answer."))
    text = without_pictures(article.body)
    return f"{text}\n\n[{article.title}]({url})" if plugin_settings(KnowledgeBaseSettings).answer_link else text


def draft_of(session: Session, ticket_id: int, *, actor: Actor) -> Draft:
    """An article of a ticket: what was asked, and what employees answered in public; internal words stay out (T-11)."""
    ticket = get_ticket(session, ticket_id, actor=actor)
    said = select(Comment.body).where(
        Comment.ticket_id == ticket_id,
        Comment.internal.is_(False),
        Comment.redacted_at.is_(None),
        Comment.author_contact_id.is_(None),
    )
    solutions = list(session.scalars(said.order_by(Comment.id.desc()).limit(_ANSWERS)))[::-1]
    question, answer = _("Question"), _("Answer")
    parts = [f"## {question}", ticket.description or ticket.subject, f"## {answer}", *solutions]
    return Draft(ticket.subject[:TITLE_LIMIT], "\n\n".join(parts)[:BODY_LIMIT])


def actions(ticket: Ticket, actor: Actor) -> list[TicketAction]:
    """ "Make an article of this ticket", for whoever may add one somewhere."""
    with reading() as session:
        if not may_create(session, actor=actor):
            return []
    return [
        TicketAction(
            key="knowledge_base.article",
            label=_("Make an article of this ticket"),
            endpoint="knowledge_base.new_article",
            values={"ticket": ticket.id},
            method="get",
            permission=USE,
            icon="journal-plus",
        )
    ]
