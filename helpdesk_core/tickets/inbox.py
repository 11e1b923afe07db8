"""The inbox: own tickets, those of one's groups, those to be given away, those one watches."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import holds, visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.i18n.nouns import section
from helpdesk_core.tickets.filters import TicketQuery
from helpdesk_core.tickets.listing import list_url
from helpdesk_core.tickets.models import Ticket, TicketRead
from helpdesk_core.tickets.queries import conditions, rows_statement, to_row
from helpdesk_core.tickets.snippets import last_words
from helpdesk_core.ui.counts import COUNT_LIMIT

_SHOWN = 15


def build_inbox(session: Session, actor: Actor) -> dict[str, Any]:
    """Everything that the inbox draws: one statement for the counts, one for each section, two for the words."""
    sections = [
        (
            "mine",
            _("Assigned to me"),
            "person",
            TicketQuery(assignee=("me",), open=True),
            _("No open ticket is yours."),
        ),
        (
            "groups",
            _("My groups"),
            "people",
            TicketQuery(group=("mine",), assignee=("none",), open=True),
            _("Your groups have nothing open."),
        ),
        ("watching", _("Watching"), "eye", TicketQuery(watching=True, open=True), _("You watch no open ticket.")),
    ]
    if holds(actor, "core:ticket:dispatch"):
        waiting = TicketQuery(distribution=True)
        sections.insert(2, ("distribution", _("For distribution"), "signpost-split", waiting, _("All are given away.")))
    counts = _counts(session, [query for *_rest, query, _empty in sections], actor)
    rows = [
        _rows(session, query, actor) if count else []
        for (*_rest, query, _empty), count in zip(sections, counts, strict=True)
    ]
    return {
        "title": section("inbox"),
        "lead": None,
        "tabs": None,
        "sections": [
            {
                "key": key,
                "label": label,
                "icon": icon,
                "count": count,
                "more_url": list_url(query) if count > _SHOWN else None,
                "empty_text": empty,
                "rows": shown,
            }
            for (key, label, icon, query, empty), count, shown in zip(sections, counts, rows, strict=True)
        ],
        "words": last_words(session, (row.ticket_id for shown in rows for row in shown)),
    }


def _counts(session: Session, queries: list[TicketQuery], actor: Actor) -> list[int]:
    columns = []
    for query in queries:
        counted: Any = select(func.count(Ticket.id)).where(*conditions(query, actor))
        columns.append(visible(counted, actor).scalar_subquery())
    return [int(value) for value in session.execute(select(*columns)).one()]


def menu_counts(session: Session, actor: Actor) -> dict[str, int]:
    """For the menu, in one statement: own tickets with something new, and open ones of nobody; none above 100."""
    if actor.kind is not ActorKind.EMPLOYEE or not holds(actor, "core:desk:use"):
        return {}
    mine = or_(
        *conditions(TicketQuery(assignee=("me",)), actor),
        and_(*conditions(TicketQuery(group=("mine",), assignee=("none",)), actor)),
    )
    seen = and_(TicketRead.ticket_id == Ticket.id, TicketRead.employee_id == actor.id)
    new = select(literal(1)).select_from(Ticket).outerjoin(TicketRead, seen)
    wanted: dict[str, Any] = {
        "inbox": new.where(mine, *conditions(TicketQuery(open=True, unread=True), actor)),
    }
    if holds(actor, "core:ticket:dispatch"):
        nobodys = TicketQuery(assignee=("none",), group=("none",), open=True)
        wanted["tickets"] = select(literal(1)).select_from(Ticket).where(*conditions(nobodys, actor))
    counted = [
        select(func.count()).select_from(visible(one, actor).limit(COUNT_LIMIT).subquery()).scalar_subquery()
        for one in wanted.values()
    ]
    return dict(zip(wanted, session.execute(select(*counted)).one(), strict=True))


def _rows(session: Session, query: TicketQuery, actor: Actor) -> list[Any]:
    statement = rows_statement(query, actor).order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(_SHOWN)
    return [to_row(row, actor) for row in session.execute(statement)]
