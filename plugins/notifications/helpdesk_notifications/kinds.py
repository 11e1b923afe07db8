"""What can be told, and to whom: the defaults, which a site changes row by row."""

from __future__ import annotations

from typing import Final

#: Kinds of notices.
CREATED: Final = "created"
ASSIGNED: Final = "assigned"
COMMENT: Final = "comment"
NOTE: Final = "note"
STATUS: Final = "status"
MENTION: Final = "mention"
KINDS: Final = (CREATED, ASSIGNED, COMMENT, NOTE, STATUS, MENTION)

#: Why somebody is told; who is there for several reasons is told once, for the first that is switched on.
MENTIONED: Final = "mentioned"
ASSIGNEE: Final = "assignee"
GROUP: Final = "group"
OBSERVER: Final = "observer"
CONTACT: Final = "contact"
AUDIENCES: Final = (MENTIONED, ASSIGNEE, GROUP, OBSERVER, CONTACT)

_STAFF: Final = (ASSIGNEE, GROUP, OBSERVER)
#: The notices that there are, and whether each is sent unless the site says otherwise.
DEFAULTS: Final = {
    **{(CREATED, audience): True for audience in (*_STAFF, CONTACT)},
    (ASSIGNED, ASSIGNEE): True,
    (ASSIGNED, GROUP): True,
    (ASSIGNED, OBSERVER): False,
    **{(COMMENT, audience): True for audience in (*_STAFF, CONTACT)},
    **{(NOTE, audience): True for audience in _STAFF},
    (STATUS, ASSIGNEE): True,
    (STATUS, GROUP): False,
    (STATUS, OBSERVER): True,
    (STATUS, CONTACT): True,
    (MENTION, MENTIONED): True,
}

#: The events of the journal that are told, by the name that the core records them under.
EVENTS: Final = ("ticket.created", "ticket.changed", "ticket.transitioned", "comment.added")
