"""A new ticket, and the page that changes subject, description and customer of one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import visible
from helpdesk_core.contract.errors import Conflict, Invalid
from helpdesk_core.contract.specs import TicketDraft, TicketWarning
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.i18n.nouns import section
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.search.findable import found_by
from helpdesk_core.tickets.blueprint import bp
from helpdesk_core.tickets.card import file_limit
from helpdesk_core.tickets.card_queries import mark_read
from helpdesk_core.tickets.commands import MAX_SUBJECT, MAX_TAGS, MAX_TEXT, ChangeTicket, CreateTicket
from helpdesk_core.tickets.contributions import draft_warnings
from helpdesk_core.tickets.extra_fields import PREFIX
from helpdesk_core.tickets.forms import (
    EditTicketForm,
    NewTicketForm,
    new_ticket_form,
    optional_id,
    read_assignee,
    read_observers,
)
from helpdesk_core.tickets.property_views import conflict_page
from helpdesk_core.tickets.services import change_ticket, create_ticket, get_ticket
from helpdesk_core.tickets.uploads import received
from helpdesk_core.ui.formatting import filesize, parse_local
from helpdesk_core.ui.guard import guarded

_PICKED = 20


@bp.route("/tickets/new", methods=["GET", "POST"])
@guarded("core:ticket:create")
def new() -> ResponseReturnValue:
    """The form of a new ticket; sending it twice makes one ticket (OK-008)."""
    with reading() as session:
        form = new_ticket_form(g.actor)
        form.offer(request.args)
        _offer_customer(session, form)
        if not form.is_submitted():
            form.form_token.data = secrets.token_hex(16)
        ok = form.submitted()
    if ok:
        with form.refusals(), received(request.files.getlist("files")) as files, unit_of_work() as session:
            ticket = create_ticket(session, _command(form, files), actor=g.actor)
            mark_read(session, ticket.id, actor=g.actor)
            ticket_id = ticket.id
        if form.accepted:
            return redirect(url_for("tickets.card", ticket_id=ticket_id), 303)
    page = _page(form, _("New ticket"), url_for("tickets.index"), _("Create ticket"))
    if hooks().helpdesk_ticket_warnings.plugins:
        page["warnings_url"] = url_for("tickets.new_warnings")
        if form.is_submitted():
            page["warnings"] = _warnings(form)
    return render_template("core/tickets/new.html", page=page), form.status


@bp.post("/tickets/new/warnings")
@guarded("core:ticket:create")
def new_warnings() -> ResponseReturnValue:
    """What plugins say of the draft as it is typed now; nothing is checked and nothing is kept."""
    with reading():
        form = new_ticket_form(g.actor)
        form.offer(request.args)
    return render_template("core/tickets/_warnings.html", page={"warnings": _warnings(form)})


def _warnings(form: NewTicketForm) -> Sequence[TicketWarning]:
    assignee = read_assignee(form.assignee.data or "") or {}
    draft = TicketDraft(
        subject=(form.subject.data or "")[:MAX_SUBJECT],
        description=(form.description.data or "")[:MAX_TEXT],
        type_id=optional_id(form.type_id.data),
        priority_id=optional_id(form.priority_id.data),
        company_id=optional_id(form.company_id.data),
        contact_id=optional_id(form.contact_id.data),
        assignee_id=assignee.get("assignee_id"),
        group_id=assignee.get("group_id"),
        tags=tuple((form.tags.data or ())[:MAX_TAGS]),
        extra={
            name.removeprefix(PREFIX): field.data
            for name, field in form._fields.items()
            if name.startswith((PREFIX, "field."))
        },
    )
    with reading():
        return draft_warnings(draft, g.actor)


def _command(form: NewTicketForm, files: Any) -> CreateTicket:
    errors: dict[str, list[str]] = {}
    assignee = read_assignee(form.assignee.data or "")
    if assignee is None:
        errors["assignee"] = [_("There is no such employee or group.")]
    observers = read_observers(form.observers.data or [])
    if observers is None:
        errors["observers"] = [_("There is no such employee or group.")]
    due = None
    try:
        due = parse_local(form.due_at.data or "")
    except ValueError:
        errors["due_at"] = [_("Give a date.")]
    if errors or assignee is None or observers is None:
        raise Invalid(errors)
    return CreateTicket(
        subject=form.subject.data or "",
        description=form.description.data or "",
        type_id=optional_id(form.type_id.data),
        priority_id=optional_id(form.priority_id.data),
        company_id=optional_id(form.company_id.data),
        contact_id=optional_id(form.contact_id.data),
        assignee_id=assignee.get("assignee_id"),
        group_id=assignee.get("group_id"),
        due_at=due,
        tags=tuple(form.tags.data or ()),
        observer_employee_ids=tuple(row_id for kind, row_id in observers if kind == "employee"),
        observer_group_ids=tuple(row_id for kind, row_id in observers if kind == "group"),
        field_values={
            name.removeprefix("field."): field.data for name, field in form._fields.items() if name.startswith("field.")
        },
        extra={name: field.data for name, field in form._fields.items() if name.startswith(PREFIX)},
        files=files,
        form_token=(form.form_token.data or "")[:64] or None,
    )


def _page(form: Any, title: str, cancel_url: str, submit: str) -> dict[str, Any]:
    return {
        "title": title,
        "form": form,
        "cancel_url": cancel_url,
        "submit_label": submit,
        "preview_url": url_for("tickets.preview"),
        "limit_text": _("up to %(size)s each", size=filesize(file_limit())),
        "max_bytes": file_limit(),
        "crumbs": [{"label": section("tickets"), "url": url_for("tickets.index")}],
        "pickers": {
            "company_id": url_for("tickets.pick_company"),
            "contact_id": url_for("tickets.pick_contact"),
            "assignee": "",
            "observers": "",
            "tags": "",
        },
        "warnings": [],
        "warnings_url": None,
    }


def _offer_customer(session: Session, form: Any) -> None:
    """Put the chosen company and contact into their lists: the rest is searched on the server."""
    company_id, contact_id = optional_id(form.company_id.data), optional_id(form.contact_id.data)
    names: list[tuple[str, str]] = [("", "–")]
    if company_id:
        found = session.scalar(visible(select(Company.name).where(Company.id == company_id), g.actor, _READ, Company))
        names += [(str(company_id), found)] if found else []
    form.company_id.choices = names
    names = [("", "–")]
    if contact_id:
        found = session.scalar(visible(select(Contact.name).where(Contact.id == contact_id), g.actor, _READ, Contact))
        names += [(str(contact_id), found)] if found else []
    form.contact_id.choices = names


_READ = "core:customer:read"


@bp.route("/tickets/<int:ticket_id>/edit", methods=["GET", "POST"])
@guarded("core:ticket:read")
def edit(ticket_id: int) -> ResponseReturnValue:
    """Change subject, description and customer."""
    with reading() as session:
        ticket = get_ticket(session, ticket_id, actor=g.actor, permission="core:ticket:change")
        form = EditTicketForm(obj=ticket)
        if not form.is_submitted():
            form.company_id.data = str(ticket.company_id or "")
            form.contact_id.data = str(ticket.contact_id or "")
        _offer_customer(session, form)
        ok = form.submitted()
    if ok:
        values = {
            "subject": form.subject.data or "",
            "description": form.description.data or "",
            "company_id": optional_id(form.company_id.data),
            "contact_id": optional_id(form.contact_id.data),
        }
        version = optional_id(form.version.data)
        try:
            with form.refusals(), unit_of_work() as session:
                row = get_ticket(session, ticket_id, actor=g.actor, lock=True)
                change_ticket(session, row, ChangeTicket(values=values, version=version), actor=g.actor)
        except Conflict as conflict:
            return conflict_page(ticket_id, request.form, conflict)
        if form.accepted:
            return redirect(url_for("tickets.card", ticket_id=ticket_id), 303)
    page = _page(form, _("Edit ticket"), url_for("tickets.card", ticket_id=ticket_id), _("Save"))
    return render_template("core/tickets/new.html", page=page), form.status


@bp.get("/tickets/pick/companies")
@guarded("core:customer:read")
def pick_company() -> ResponseReturnValue:
    """Companies whose words hold what was typed, for the searching lists."""
    query = select(Company.id, Company.name, Company.email).order_by(Company.name_key, Company.id).limit(_PICKED)
    return _picked(query, Company)


@bp.get("/tickets/pick/contacts")
@guarded("core:customer:read")
def pick_contact() -> ResponseReturnValue:
    """Contacts whose words hold what was typed."""
    query = select(Contact.id, Contact.name, Contact.email).order_by(Contact.name_key, Contact.id).limit(_PICKED)
    return _picked(query.where(Contact.anonymised_at.is_(None)), Contact)


def _picked(query: Any, model: type[Company] | type[Contact]) -> ResponseReturnValue:
    text = request.args.get("q", "").replace("\x00", "").strip()[:100]
    if text:
        query = query.where(found_by(text, model.words))
    with reading() as session:
        rows = session.execute(visible(query, g.actor, _READ, model)).all()
    return jsonify([{"value": str(row.id), "text": row.name, "sub": row.email or ""} for row in rows])
