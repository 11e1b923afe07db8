"""The pages: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from helpdesk_core.toolkit import current_actor, guarded, reading
from helpdesk_warranty import queries

READ = "warranty:warranty:read"


def make_blueprint() -> Blueprint:
    """A new blueprint for each app: several live in one process."""
    pages = Blueprint("warranty", __name__)
    pages.add_url_rule("/", "index", index)
    return pages


@guarded(READ)
def index() -> ResponseReturnValue:
    """The warranties that end soon."""
    with reading() as session:
        rows = queries.ending(session, actor=current_actor())
    return render_template("warranty/index.html", rows=rows)
