"""The panel beside the card: one row for each property, the customer, the observers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from helpdesk_core.fields.catalog import FieldInfo
from helpdesk_core.i18n.nouns import noun
from helpdesk_core.tickets.card_queries import CardData
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.field_values import FieldValue, value_text
from helpdesk_core.tickets.forms import assignee_options
from helpdesk_core.ui.formatting import reader_zone
from helpdesk_core.users.catalog import people


def _option(value: Any, label: str, chosen: bool, group: str = "") -> dict[str, Any]:
    return {"value": value, "label": label, "selected": chosen, "group": group}


def properties(card: CardData) -> list[dict[str, Any]]:
    """The core's rows: who does it, what it is, how urgent, until when, and its tags."""
    ticket, catalog = card.ticket, ticket_catalog()
    change, assign = "core:ticket:change" in card.rights, "core:ticket:assign" in card.rights
    types = [_option("", "–", ticket.type_id is None)] + [
        _option(kind.id, kind.label, kind.id == ticket.type_id)
        for kind in catalog.types.values()
        if kind.active or kind.id == ticket.type_id
    ]
    priorities = [
        _option(one.id, one.label, one.id == ticket.priority_id)
        for one in catalog.priorities.values()
        if one.active or one.id == ticket.priority_id
    ]
    kind, priority = catalog.types.get(ticket.type_id or 0), catalog.priorities.get(ticket.priority_id)
    due = ticket.due_at.astimezone(reader_zone()) if ticket.due_at else None
    return [
        _row("assignee", _("Assignee"), "people", assign, _assignee_name(card), _assignee_choices(card)),
        _row("type_id", noun("type"), "select", change, kind.label if kind else "", types),
        _row("priority_id", noun("priority"), "select", change, priority.label if priority else "", priorities)
        | {"color_class": f"priority-c-{ticket.priority_id}"},
        _row("due_at", _("Due"), "date", change, f"{due:%Y-%m-%d}" if due else "", []),
        _row("tags", _("Tags"), "many", change, ", ".join(card.tags), [_option(tag, tag, True) for tag in card.tags])
        | {"create": True},
    ]


def _row(name: str, label: str, kind: str, may: bool, value: str, options: Sequence[Any]) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": kind if may else "static", "value": value, "options": options}


def _assignee_name(card: CardData) -> str:
    staff = people()
    employee = staff.employees.get(card.ticket.assignee_id or 0)
    group = staff.groups.get(card.ticket.group_id or 0)
    return " · ".join(one.name for one in (employee, group) if one is not None)


def _assignee_choices(card: CardData) -> list[dict[str, Any]]:
    ticket, staff = card.ticket, people()
    current = f"e{ticket.assignee_id}" if ticket.assignee_id else f"g{ticket.group_id}" if ticket.group_id else "none"
    words = {"e": _("Employees"), "g": _("Groups")}
    options = [
        _option(value, label, value == current, words.get(value[0], "") if value != "none" else "")
        for value, label in assignee_options()
    ]
    if not any(option["selected"] for option in options):
        # Somebody deactivated or a hidden group still stands on old tickets (OK-207, OK-218).
        known: Any = staff.employees.get(ticket.assignee_id or 0) or staff.groups.get(ticket.group_id or 0)
        options.insert(0, _option(current, known.name if known else "?", True))
    return options


def field_property(field: FieldInfo, value: FieldValue) -> dict[str, Any]:
    """The row of a custom field (OK-046)."""
    kinds = {"text": "text", "number": "number", "date": "date", "yes_no": "yes_no", "choice": "select"}
    chosen = value if isinstance(value, tuple) else (value,)
    options = [_option(one.id, one.label, one.id in chosen) for one in field.options if one.active or one.id in chosen]
    if field.kind == "choice":
        options.insert(0, _option("", "–", value is None))
    shown: Any = bool(value) if field.kind == "yes_no" else value_text(field, value)
    return {
        "name": f"field.{field.key}",
        "label": field.label,
        "kind": kinds.get(field.kind, "many"),
        "value": shown,
        "options": options,
    }


def customer(card: CardData) -> dict[str, Any] | None:
    """Company and contact, with the ways to reach them."""
    company, contact = card.company, card.contact
    if company is None and contact is None:
        return None
    change = "core:ticket:change" in card.rights
    return {
        "company": (
            {
                "id": company.id,
                "name": company.name,
                "kind": "company",
                "url": url_for("customers.show_company", company_id=company.id),
                "category": "",
            }
            if company
            else None
        ),
        "contact": (
            {
                "id": contact.id,
                "name": contact.name,
                "kind": "person",
                "email": contact.email,
                "phone": contact.phone,
                "url": url_for("customers.show_contact", contact_id=contact.id),
            }
            if contact
            else None
        ),
        "edit_url": url_for("tickets.edit", ticket_id=card.ticket.id) if change else None,
    }


def observer_person(kind: str, row_id: int) -> dict[str, Any]:
    """An observer as a person or a group to be drawn."""
    known: Any = (people().employees if kind == "employee" else people().groups).get(row_id)
    return {"id": row_id, "name": known.name if known else "?", "kind": "person" if kind == "employee" else "group"}


def observers_property(card: CardData) -> dict[str, Any]:
    """The list of employees and groups that follow the ticket (OK-066)."""
    chosen = {f"{kind[0]}{row_id}" for kind, row_id in card.observers}
    options = [_option(value, label, value in chosen) for value, label in assignee_options()[1:]]
    return {"name": "observers", "label": _("Observers"), "kind": "many", "value": "", "options": options}
