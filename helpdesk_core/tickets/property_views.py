"""The rows of the card's panel, each saved on its own, and the page for two versions of one field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from helpdesk_core.contract.errors import Conflict, HelpdeskError, Invalid, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.tickets.blueprint import bp
from helpdesk_core.tickets.card import build_card
from helpdesk_core.tickets.card_queries import load_card, mark_read
from helpdesk_core.tickets.card_views import asked_tab, back_to_card
from helpdesk_core.tickets.commands import ChangeTicket
from helpdesk_core.tickets.extra_fields import PREFIX, read_sent
from helpdesk_core.tickets.forms import optional_id, read_assignee, read_observers
from helpdesk_core.tickets.history import field_label, value_words
from helpdesk_core.tickets.services import change_ticket, get_ticket
from helpdesk_core.ui.formatting import parse_local
from helpdesk_core.ui.guard import guarded

_NUMBERS = ("type_id", "priority_id", "company_id", "contact_id")
_TEXTS = ("subject", "description")
_KNOWN = frozenset({*_NUMBERS, *_TEXTS, "assignee", "due_at", "tags", "observers"})


def read_values(form: MultiDict[str, str]) -> dict[str, object]:
    """The fields a form sends, in the service's names; raises ``Invalid``.

    ``property`` names a field that sends nothing when it is empty: an unticked box, a list with nothing chosen.
    """
    names = dict.fromkeys((*form.getlist("property"), *form))
    values: dict[str, object] = {}
    for name in names:
        if not _is_field(name):
            continue
        if form.get(f"choice_{name}") == "theirs":
            continue
        values.update(_read(name, form.getlist(name)))
    return values


def _read(name: str, sent: list[str]) -> Mapping[str, object]:
    first = sent[-1] if sent else ""
    if name in _NUMBERS:
        return {name: optional_id(first)}
    if name in _TEXTS:
        return {name: first}
    if name == "tags":
        return {name: [tag for tag in sent if tag]}
    if name == "assignee":
        assignee = read_assignee(first)
        if assignee is None:
            raise Invalid({name: [_("There is no such employee or group.")]})
        return dict(assignee)
    if name == "observers":
        observers = read_observers(sent)
        if observers is None:
            raise Invalid({name: [_("There is no such employee or group.")]})
        return {name: observers}
    if name == "due_at":
        try:
            return {name: parse_local(first)}
        except ValueError:
            raise Invalid({name: [_("Give a date.")]}) from None
    if name.startswith(PREFIX):
        return {name: read_sent(name, sent)}
    field = custom_fields().get(name.removeprefix("field."))
    if field is not None and field.kind == "choices":
        return {name: [value for value in sent if value]}
    if field is not None and field.kind == "yes_no":
        return {name: "yes" if first else "no"}
    return {name: first}


@bp.post("/tickets/<int:ticket_id>/properties")
@guarded("core:ticket:read")
def properties(ticket_id: int) -> ResponseReturnValue:
    """Save what one row sends; a field that somebody else changed meanwhile gets the page of both versions.

    What is refused is said at its row, with what was typed still in it.
    """
    version = optional_id(request.form.get("version"))
    try:
        with reading():
            values = read_values(request.form)
        with unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=g.actor, lock=True)
            change_ticket(session, ticket, ChangeTicket(values=values, version=version), actor=g.actor)
            mark_read(session, ticket_id, actor=g.actor)
    except Conflict as conflict:
        return conflict_page(ticket_id, request.form, conflict)
    except Invalid as error:
        told = {_form_name(name): texts for name, texts in error.errors.items()}
        return _refused(ticket_id, told, request.form, error)
    except Rejected as error:
        told = {name: [error.reason] for name in request.form.getlist("property")}
        return _refused(ticket_id, told, request.form, error)
    return back_to_card(ticket_id)


def _refused(
    ticket_id: int, told: Mapping[str, list[str]], form: MultiDict[str, str], error: HelpdeskError
) -> ResponseReturnValue:
    with reading() as session:
        page = build_card(session, load_card(session, ticket_id, actor=g.actor), g.actor, tab=asked_tab())
    rows = {row["name"]: row for row in (*page["properties"], *page["fields"], page["observers_prop"]) if row}
    if not set(told) & set(rows):
        raise error  # nothing on the card to say it at: the page of errors does
    for name in set(told) & set(rows):
        rows[name]["errors"] = told[name]
        if rows[name]["kind"] in ("text", "number", "date"):
            rows[name]["value"] = form.get(name, "")
    return render_template("core/tickets/card.html", page=page), error.http_status


def conflict_page(ticket_id: int, form: MultiDict[str, str], conflict: Conflict) -> ResponseReturnValue:
    """Both versions side by side; nothing has been saved (409)."""
    with reading() as session:
        ticket = get_ticket(session, ticket_id, actor=g.actor)
        clashing = {_form_name(one.name): one for one in conflict.fields}
        fields: list[dict[str, Any]] = [
            {
                "name": name,
                "label": field_label(name),
                "mine": value_words(one.name, one.mine),
                "theirs": value_words(one.name, one.theirs),
                "base": value_words(one.name, one.base),
                "mine_values": form.getlist(name),
            }
            for name, one in clashing.items()
        ]
        hidden = [("version", ticket.version), *(("property", name) for name in clashing)]
        hidden += [(name, value) for name, value in form.items(multi=True) if name not in clashing and _is_field(name)]
        page = {
            "title": None,
            "url": url_for("tickets.properties", ticket_id=ticket_id),
            "back_url": url_for("tickets.card", ticket_id=ticket_id),
            "who": None,
            "when": ticket.updated_at,
            "fields": fields,
            "hidden": hidden,
        }
    return render_template("core/tickets/conflict.html", page=page), 409


def _is_field(name: str) -> bool:
    return name in _KNOWN or name.startswith(("field.", PREFIX))


def _form_name(name: str) -> str:
    return "assignee" if name in ("assignee_id", "group_id") else name
