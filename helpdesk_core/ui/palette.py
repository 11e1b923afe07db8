"""The colours that administrators chose, as a stylesheet: the content security policy forbids style attributes."""

from __future__ import annotations

import re

from flask import Blueprint, Response

from helpdesk_core.db.session import reading
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.ui.guard import public

bp = Blueprint("ui", __name__, url_prefix="/ui")

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@bp.get("/palette.css")
@public
def palette() -> Response:
    """A class for each status and priority; its address carries the version, so browsers may keep it."""
    with reading():
        rules = [
            f".status-c-{status.id}{{--pill-bg:{_safe(status.background)};--pill-fg:{_safe(status.foreground)}}}"
            for status in status_catalog().ordered
        ]
        rules += [
            f".priority-c-{priority.id}{{--dot:{_safe(priority.colour)}}}"
            for priority in ticket_catalog().priorities.values()
        ]
    response = Response("\n".join(rules) + "\n", mimetype="text/css")
    response.cache_control.max_age = 31_536_000
    response.cache_control.public = True
    return response


def _safe(colour: str) -> str:
    return colour if _COLOUR.fullmatch(colour) else "#6c757d"
