"""Forms of the ticket pages: the filter, a new ticket, the text of a ticket, a request from a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Form,
    HiddenField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from helpdesk_core.contract.actor import Actor
from helpdesk_core.fields.catalog import FieldInfo
from helpdesk_core.fields.visibility import visible_fields
from helpdesk_core.i18n.terms import term
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import MAX_SUBJECT, MAX_TEXT
from helpdesk_core.tickets.extra_fields import form_controls
from helpdesk_core.tickets.extra_filters import filter_controls
from helpdesk_core.tickets.filters import CATEGORIES, TicketQuery
from helpdesk_core.ui.form import PageForm, stripped
from helpdesk_core.users.catalog import people


def employee_options() -> list[tuple[str, str]]:
    """The employees who can be given work."""
    return [(str(one.id), one.name) for one in people().employees.values() if one.active]


def group_options() -> list[tuple[str, str]]:
    """The groups on offer; hidden ones are not (OK-218)."""
    return [(str(group.id), group.name) for group in people().groups.values() if not group.hidden]


def assignee_options() -> list[tuple[str, str]]:
    """Nobody, the employees and the groups, as one list: ``e<id>`` and ``g<id>``."""
    employees = [(f"e{key}", name) for key, name in employee_options()]
    return [
        ("none", _("Nobody")),
        *employees,
        *((f"g{key}", _("%(name)s (group)", name=name)) for key, name in group_options()),
    ]


def read_assignee(value: str) -> dict[str, int | None] | None:
    """The fields behind one choice of :func:`assignee_options`; ``None`` for anything else."""
    if value in ("", "none"):
        return {"assignee_id": None, "group_id": None}
    number = value[1:]
    if value[0] not in "eg" or not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    return {"assignee_id": int(number)} if value[0] == "e" else {"group_id": int(number), "assignee_id": None}


def read_observers(values: list[str]) -> list[tuple[str, int]] | None:
    """Observers chosen as ``e<id>`` and ``g<id>``; ``None`` when one of them is neither."""
    found = []
    for value in dict.fromkeys(values):
        if not value:
            continue
        number = value[1:]
        if value[0] not in "eg" or not number.isascii() or not number.isdigit() or len(number) > 9:
            return None
        found.append(("employee" if value[0] == "e" else "group", int(number)))
    return found


def optional_id(value: str | int | None) -> int | None:
    """The number in a choice that may be empty; a malformed one is 0, which no row has.

    A field that was not sent at all still holds the row's own number.
    """
    if not value or value == "none":
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class FilterForm(Form):
    """The filter of the list, sent by GET; only a way to type what ``parse_query`` reads."""

    status = SelectMultipleField(_l("Status"), validate_choice=False)
    category = SelectMultipleField(_l("State"), validate_choice=False)
    type = SelectMultipleField(_l("Type"), validate_choice=False)
    priority = SelectMultipleField(_l("Priority"), validate_choice=False)
    assignee = SelectMultipleField(_l("Assignee"), validate_choice=False)
    group = SelectMultipleField(_l("Group"), validate_choice=False)
    company = SelectField(_l("Company"), validate_choice=False)
    contact = SelectField(_l("Contact"), validate_choice=False)
    tag = StringField(_l("Tag"))
    created_from = DateField(_l("Created from"))
    created_to = DateField(_l("Created until"))
    overdue = BooleanField(_l("Only overdue"), default=False)

    @classmethod
    def of(cls, query: TicketQuery, names: Mapping[tuple[str, str], str], actor: Actor) -> FilterForm:
        """The form with the filter that is on and the plugins' filters that *actor* may use.

        *names* says what the chosen company and contact are called.
        """
        catalog = ticket_catalog()
        today: type[FilterForm] = type("FilterFormOfToday", (cls,), filter_controls(actor))
        form = today(
            data={
                **dict(query.extra),
                "status": list(query.status),
                "category": list(query.category),
                "type": list(query.type),
                "priority": [str(value) for value in query.priority],
                "assignee": list(query.assignee),
                "group": list(query.group),
                "company": str(query.company or ""),
                "contact": str(query.contact or ""),
                "tag": query.tag[0] if query.tag else "",
                "created_from": query.created_from,
                "created_to": query.created_to,
                "overdue": query.overdue,
            },
            prefix="",
        )
        form.overdue.render_kw = {"value": "yes"}
        form.company.choices = _chosen("company", query.company, names)
        form.company.render_kw = {"data-picker": url_for("tickets.pick_company")}
        form.contact.choices = _chosen("contact", query.contact, names)
        form.contact.render_kw = {"data-picker": url_for("tickets.pick_contact")}
        form.status.choices = [
            (status.key, term("status", status.key, status.label)) for status in status_catalog().ordered
        ]
        words = {
            "new": _("New"),
            "open": _("Open"),
            "waiting": _("Waiting"),
            "paused": _("Paused"),
            "solved": _("Solved"),
            "closed": _("Closed"),
        }
        form.category.choices = [(key, words[key]) for key in CATEGORIES]
        form.type.choices = [("none", _("None")), *((str(kind.id), kind.label) for kind in catalog.types.values())]
        form.priority.choices = [(str(one.id), one.label) for one in catalog.priorities.values()]
        form.assignee.choices = [("me", _("Me")), ("none", _("Nobody")), *employee_options()]
        form.group.choices = [("mine", _("My groups")), ("none", _("None")), *group_options()]
        return form


def _chosen(name: str, row_id: int | None, names: Mapping[tuple[str, str], str]) -> list[tuple[str, str]]:
    return [("", ""), *([(str(row_id), names.get((name, str(row_id)), "?"))] if row_id else [])]


class TicketTextForm(PageForm):
    """Subject and description."""

    subject = StringField(_l("Subject"), filters=[stripped], validators=[InputRequired(), Length(max=MAX_SUBJECT)])
    description = TextAreaField(_l("Description"), validators=[Length(max=MAX_TEXT)])
    version = HiddenField()


class PortalForm(PageForm):
    """A customer's new request."""

    subject = StringField(_l("Subject"), filters=[stripped], validators=[InputRequired(), Length(max=MAX_SUBJECT)])
    description = TextAreaField(_l("Description"), validators=[Length(max=MAX_TEXT)])
    files = MultipleFileField(_l("Files"))
    form_token = HiddenField()


class NewTicketForm(PortalForm):
    """A new ticket by an employee."""

    company_id = SelectField(_l("Company"), validate_choice=False)
    contact_id = SelectField(_l("Contact"), validate_choice=False)
    type_id = SelectField(_l("Type"), validate_choice=False)
    priority_id = SelectField(_l("Priority"), validate_choice=False)
    assignee = SelectField(_l("Assignee"), validate_choice=False)
    observers = SelectMultipleField(_l("Observers"), validate_choice=False)
    due_at = StringField(_l("Due"), render_kw={"type": "date"})
    tags = SelectMultipleField(_l("Tags"), validate_choice=False)

    def offer(self, args: MultiDict[str, Any]) -> None:
        """Fill the lists; *args* may choose a company and a contact beforehand."""
        catalog = ticket_catalog()
        self.type_id.choices = [
            ("", "–"),
            *((str(kind.id), kind.label) for kind in catalog.types.values() if kind.active),
        ]
        self.priority_id.choices = [(str(one.id), one.label) for one in catalog.priorities.values() if one.active]
        self.assignee.choices = assignee_options()
        self.observers.choices = assignee_options()[1:]
        self.tags.choices = [(name, name) for name in self.tags.data or []]
        if not self.is_submitted():
            self.priority_id.data = str(catalog.default_priority.id)
            self.company_id.data = args.get("company_id", "")
            self.contact_id.data = args.get("contact_id", "")


class EditTicketForm(TicketTextForm):
    """Subject, description and customer of a ticket."""

    company_id = SelectField(_l("Company"), validate_choice=False)
    contact_id = SelectField(_l("Contact"), validate_choice=False)


def new_ticket_form(actor: Actor) -> NewTicketForm:
    """The form of a new ticket with the fields that *actor* sees today: custom ones and those of plugins."""
    made: dict[str, Any] = {}
    for field in visible_fields(actor):
        made[f"field.{field.key}"] = _form_field(field)
    made.update(form_controls(actor))
    form_class: type[NewTicketForm] = type("NewTicketFormOfToday", (NewTicketForm,), made)
    return form_class()


def _form_field(field: FieldInfo) -> Any:
    options = [(str(option.id), option.label) for option in field.options if option.active]
    if field.kind == "choice":
        return SelectField(field.label, choices=[("", "–"), *options], validate_choice=False)
    if field.kind == "choices":
        return SelectMultipleField(field.label, choices=options, validate_choice=False)
    if field.kind == "yes_no":
        return BooleanField(field.label)
    kinds = {"number": "number", "date": "date"}
    attributes = {"type": kinds.get(field.kind, "text")} | ({"step": "any"} if field.kind == "number" else {})
    return StringField(field.label, render_kw=attributes)
