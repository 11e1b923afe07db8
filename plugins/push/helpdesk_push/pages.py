"""What each page tells its script: where it is, which event it shows already, and the choices of the site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Flask, g, request

from helpdesk_core.toolkit import ActorKind, can, current_actor, last_event_id, reading
from helpdesk_push.hints import DISPATCH
from helpdesk_push.options import read_options

#: Where notices are heard, and nowhere else (OK-193).
_LISTS: Final = frozenset({"tickets.index", "tickets.inbox", "portal.index"})
_CARDS: Final = frozenset({"tickets.card", "portal.card"})
_SINCE: Final = "push_since"


def install_moment(app: Flask) -> None:
    """Note before a page is read which event is the newest: what comes later is news to the page."""
    app.before_request(_note_moment)


def _note_moment() -> None:
    if request.method == "GET" and request.endpoint in _LISTS | _CARDS and current_actor().is_person:
        with reading() as session:
            setattr(g, _SINCE, last_event_id(session))


def page_data() -> Mapping[str, object] | None:
    """For the slot in the page's header; nothing where there is nothing to hear."""
    actor = current_actor()
    with reading() as session:
        options = read_options(session)
    bell = options.bell and actor.kind is ActorKind.EMPLOYEE and can(actor, DISPATCH)
    endpoint = request.endpoint or ""
    place = "list" if endpoint in _LISTS else "ticket" if endpoint in _CARDS else ""
    if not place and not bell:
        return None
    return {
        "push": {
            "place": place,
            "ticket": (request.view_args or {}).get("ticket_id", "") if place == "ticket" else "",
            "since": getattr(g, _SINCE, 0),
            "live": options.live,
            "sound": options.sound,
            "bell": bell,
            "colleague": actor.kind is ActorKind.EMPLOYEE,
        }
    }
