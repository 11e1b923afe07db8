"""What the demonstration shows of notices: a site that made them its own."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, site_name, status_catalog
from helpdesk_notifications.kinds import CONTACT, CREATED, STATUS
from helpdesk_notifications.options import Options, read_options, save_options
from helpdesk_notifications.rules import Choice, save_rules
from helpdesk_notifications.wording import Words, save_wording

_WORDS: Final = Words(
    "{{ ticket.subject }}: we are on it",
    """Hello {{ recipient.name }},

thank you, your request is with us under the number **{{ ticket.number }}**.{% if ticket.company %}
Colleagues of {{ ticket.company }} who ask can name this number too.{% endif %}

{{ ticket.description }}

We answer on working days from 8:30 to 18:00. What you add is read at once:
[open your request]({{ ticket.url }})
""",
)


def fill(session: Session, *, actor: Actor) -> None:
    """Choose a sender, the statuses that customers hear of, and words of one's own, where nobody chose anything yet."""
    if read_options(session) != Options():
        return
    save_options(session, {"sender_name": site_name(), "company_mode": "no_contact"}, actor=actor)
    finished = frozenset(status.key for status in status_catalog().ordered if status.finished)
    save_rules(session, {(STATUS, CONTACT): Choice(enabled=True, statuses=finished)}, actor=actor)
    save_wording(session, (CREATED, CONTACT, "en"), _WORDS, actor=actor)
