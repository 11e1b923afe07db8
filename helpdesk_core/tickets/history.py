"""The journal in words: what a reader sees of an event."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from helpdesk_core.configuration.presets import former_label
from helpdesk_core.events.models import EventRow
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.i18n.nouns import noun
from helpdesk_core.i18n.terms import term
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets import extra_fields
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.ui.formatting import exact
from helpdesk_core.users.catalog import people

_ICONS = {
    "ticket.created": "plus-circle",
    "ticket.changed": "pencil",
    "ticket.transitioned": "arrow-repeat",
    "ticket.status_mapped": "signpost-split",
    "ticket.linked": "link-45deg",
    "comment.added": "chat",
    "comment.edited": "pencil-square",
    "comment.redacted": "eraser",
    "comment.made_internal": "lock",
}


def field_label(name: str) -> str:
    """What a field of a ticket is called."""
    if name.startswith("field."):
        field = custom_fields().get(name.removeprefix("field."))
        return field.label if field else name
    if name.startswith(extra_fields.PREFIX):
        return next((one.label for one in extra_fields.all_extra_fields() if one.name == name), name)
    labels = {
        "subject": _("Subject"),
        "description": _("Description"),
        "type_id": noun("type"),
        "priority_id": noun("priority"),
        "company_id": noun("company"),
        "contact_id": noun("contact"),
        "assignee_id": _("Assignee"),
        "assignee": _("Assignee"),
        "group_id": _("Group"),
        "due_at": _("Due"),
        "tags": _("Tags"),
        "observers": _("Observers"),
        "status": noun("status"),
    }
    return str(labels.get(name, name))


def value_words(name: str, value: Any) -> str:
    """A journalled value as a reader knows it: names instead of ids."""
    if value in (None, "", [], ()):
        return ""
    staff, catalog = people(), ticket_catalog()
    if name == "assignee_id" and value in staff.employees:
        return staff.employees[value].name
    if name == "group_id" and value in staff.groups:
        return staff.groups[value].name
    if name == "type_id" and value in catalog.types:
        return catalog.types[value].label
    if name == "priority_id" and value in catalog.priorities:
        return catalog.priorities[value].label
    if name == "status":
        known = status_catalog().by_key.get(value)
        return term("status", value, known.label if known else former_label(value))
    if name == "observers":
        return ", ".join(_observer_name(kind, row_id) for kind, row_id in value)
    if name == "due_at":
        return exact(datetime.fromisoformat(value) if isinstance(value, str) else value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    text = str(value)
    return text if len(text) <= 300 else text[:299] + "…"


def _observer_name(kind: str, row_id: int) -> str:
    known: Mapping[int, Any] = people().employees if kind == "employee" else people().groups
    return str(known[row_id].name) if row_id in known else "?"


def changes_of(event: EventRow, hidden: Set[str]) -> list[dict[str, str]]:
    """The fields that an event changed, without the *hidden* ones (OK-048), with both values in words."""
    if event.name not in ("ticket.changed", "ticket.transitioned", "ticket.status_mapped"):
        return []
    return [
        {
            "field": field_label(name),
            "before": value_words(name, event.before.get(name)),
            "after": value_words(name, event.after.get(name)),
        }
        for name in event.after
        if name not in hidden and name != "cause"
    ]


def system_entry(event: EventRow, *, detailed: bool, hidden: Set[str], for_customer: bool = False) -> dict[str, Any]:
    """An event as an entry of the timeline, or of the history with the changes listed below it.

    *hidden* names the fields that the reader does not see, and as ``#7`` the tickets. *for_customer* leaves out which
    employee it was.
    """
    who = event.actor_label or event.actor_kind
    if for_customer and event.actor_kind == "employee":
        who = ""  # who does what inside the desk is not the customer's business (OK-202)
    changes = changes_of(event, hidden)
    if event.name == "ticket.transitioned" and changes:
        text = _step_words(event.after.get("cause"), who, changes[0]["after"])
    elif event.name == "ticket.status_mapped" and changes:
        told = {"before": changes[0]["before"], "after": changes[0]["after"]}
        text = _("The helpdesk has other statuses now: %(before)s became %(after)s", **told)
    elif event.name == "ticket.changed" and changes and not detailed:
        what = ", ".join(f"{one['field']}: {one['after'] or '–'}" for one in changes if len(one["after"]) <= 80)
        text = _("%(who)s changed %(what)s", who=who, what=what or ", ".join(one["field"] for one in changes))
    else:
        text = _plain(event, who, hidden)
    return {
        "id": event.id,
        "kind": "system",
        "icon": _ICONS.get(event.name, "dot"),
        "text": text,
        "at": event.occurred_at,
        "author": {"name": who},
        "changes": changes if detailed else [],
    }


def _step_words(cause: str | None, who: str, status: str) -> str:
    causes = {
        "returned": _("The time had come: the status is %(status)s", status=status),
        "auto_closed": _("Nobody objected in time: the status is %(status)s", status=status),
        "reopened": _("The customer's answer opened the ticket again: the status is %(status)s", status=status),
        "customer_replied": _("The customer answered: the status is %(status)s", status=status),
        "confirmed": _("%(who)s confirmed the solution: the status is %(status)s", who=who, status=status),
        "resumed": _("%(who)s resumed the ticket: the status is %(status)s", who=who, status=status),
    }
    if cause in causes:
        return str(causes[cause])
    if not who:
        return str(_("The status is now %(status)s", status=status))
    return str(_("%(who)s changed the status to %(status)s", who=who, status=status))


def _plain(event: EventRow, who: str, hidden: Set[str]) -> str:
    other = event.after.get("ticket")
    if f"#{other}" in hidden:
        return str(_("%(who)s changed the ticket", who=who))
    texts = {
        "ticket.created": _("%(who)s created the ticket", who=who),
        "ticket.changed": _("%(who)s changed the ticket", who=who),
        "ticket.linked": _("%(who)s linked ticket #%(number)s", who=who, number=other),
        "comment.added": (
            _("%(who)s wrote an internal note", who=who)
            if event.audience == "internal"
            else _("%(who)s wrote a public comment", who=who)
        ),
        "comment.edited": _("%(who)s edited a comment", who=who),
        "comment.redacted": _("%(who)s removed the text of a comment", who=who),
        "comment.made_internal": _("%(who)s made a comment internal", who=who),
    }
    return str(texts.get(event.name, f"{who}: {event.name}"))
