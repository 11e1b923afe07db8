"""Companies and contacts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk_core.access.policy import can
from helpdesk_core.customers import queries, services
from helpdesk_core.customers.commands import CompanyValues, ContactValues
from helpdesk_core.customers.forms import AccessForm, CompanyForm, ContactForm
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.tickets.keyset import Page
from helpdesk_core.ui.form import row_number
from helpdesk_core.ui.guard import guarded
from helpdesk_core.users.forms import timezone_choices
from helpdesk_core.users.passwords import check_strength, hash_password

bp = Blueprint("customers", __name__)

READ, CREATE, CHANGE = "core:customer:read", "core:customer:create", "core:customer:change"
DELETE, GRANT = "core:customer:delete", "core:portal:grant"


def _rights(resource: Any = None) -> dict[str, bool]:
    with reading():
        return {
            "create": can(g.actor, CREATE),
            "change": resource is not None and can(g.actor, CHANGE, resource),
            "delete": resource is not None and can(g.actor, DELETE, resource),
            "grant": can(g.actor, GRANT),
        }


def _text() -> str:
    return request.args.get("q", "")[:200].replace("\x00", "").strip()


def _pager(page: Page, endpoint: str, **query: Any) -> dict[str, Any]:
    def url(cursor: str | None) -> str | None:
        return url_for(endpoint, page=cursor, **query) if cursor else None

    return {"previous_url": url(page.previous_cursor), "next_url": url(page.next_cursor), "text": ""}


@bp.get("/companies")
@guarded(READ)
def list_companies() -> ResponseReturnValue:
    """Companies by name, those the reader may see."""
    text, category = _text(), request.args.get("category", type=row_number)
    page = queries.companies(g.actor, text=text, category_id=category, cursor=request.args.get("page"))
    return render_template(
        "core/customers/companies.html",
        rows=page.rows,
        pager=_pager(page, "customers.list_companies", q=text or None, category=category),
        q=text,
        category=category,
        categories=queries.category_choices(),
        rights=_rights(),
    )


@bp.get("/contacts")
@guarded(READ)
def list_contacts() -> ResponseReturnValue:
    """Contacts by name, those the reader may see."""
    text = _text()
    page = queries.contacts(g.actor, text=text, cursor=request.args.get("page"))
    pager = _pager(page, "customers.list_contacts", q=text or None)
    return render_template("core/customers/contacts.html", rows=page.rows, pager=pager, q=text, rights=_rights())


@bp.get("/companies/search.json")
@guarded(READ)
def search_companies() -> ResponseReturnValue:
    """Companies for a searching list."""
    return jsonify(queries.found(g.actor, "company", _text()))


@bp.get("/contacts/search.json")
@guarded(READ)
def search_contacts() -> ResponseReturnValue:
    """Contacts for a searching list."""
    return jsonify(queries.found(g.actor, "contact", _text()))


@bp.get("/companies/<int:company_id>")
@guarded(READ)
def show_company(company_id: int) -> ResponseReturnValue:
    """A company with its contacts and tickets."""
    card = queries.company_card(company_id, g.actor)
    return render_template("core/customers/company.html", card=card, rights=_rights(card.company))


@bp.get("/contacts/<int:contact_id>")
@guarded(READ)
def show_contact(contact_id: int) -> ResponseReturnValue:
    """A contact with his tickets and his login."""
    card = queries.contact_card(contact_id, g.actor)
    return render_template("core/customers/contact.html", card=card, rights=_rights(card.contact))


@bp.route("/companies/new", methods=["GET", "POST"])
@guarded(CREATE)
def add_company() -> ResponseReturnValue:
    """Add a company."""
    form = CompanyForm()
    form.category_id.choices = [("", "–"), *queries.category_choices()]
    if form.submitted():
        number = 0
        with form.refusals(), unit_of_work() as session:
            number = services.create_company(session, _company(form), actor=g.actor).id
        if form.accepted:
            flash(_("The company is added."), "success")
            return redirect(url_for("customers.show_company", company_id=number), 303)
    return _form(form, _("New company"), url_for("customers.list_companies"), _("Add the company"))


@bp.route("/companies/<int:company_id>/edit", methods=["GET", "POST"])
@guarded(READ)
def edit_company(company_id: int) -> ResponseReturnValue:
    """Change a company."""
    company = queries.company_card(company_id, g.actor, permission=CHANGE).company
    form = CompanyForm(obj=company)
    form.category_id.choices = [("", "–"), *queries.category_choices()]
    back = url_for("customers.show_company", company_id=company_id)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            row = services.get_company(session, company_id, actor=g.actor)
            services.update_company(session, row, _company(form), actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(back, 303)
    return _form(form, company.name, back, _("Save"))


@bp.post("/companies/<int:company_id>/delete")
@guarded(READ)
def delete_company(company_id: int) -> ResponseReturnValue:
    """Delete a company that nothing hangs on."""
    with unit_of_work() as session:
        company = services.get_company(session, company_id, actor=g.actor)
        services.delete_company(session, company, actor=g.actor)
    flash(_("The company is deleted."), "success")
    return redirect(url_for("customers.list_companies"), 303)


@bp.route("/contacts/new", methods=["GET", "POST"])
@guarded(CREATE)
def add_contact() -> ResponseReturnValue:
    """Add a contact, with or without a company (OK-148)."""
    form = ContactForm(data={"company_id": request.args.get("company", type=row_number)})
    _offer(form)
    if form.submitted():
        number = 0
        with form.refusals(), unit_of_work() as session:
            number = services.create_contact(session, _contact(form), actor=g.actor).id
        if form.accepted:
            flash(_("The contact is added."), "success")
            return redirect(url_for("customers.show_contact", contact_id=number), 303)
    return _form(form, _("New contact"), url_for("customers.list_contacts"), _("Add the contact"))


@bp.route("/contacts/<int:contact_id>/edit", methods=["GET", "POST"])
@guarded(READ)
def edit_contact(contact_id: int) -> ResponseReturnValue:
    """Change a contact."""
    contact = queries.contact_card(contact_id, g.actor, permission=CHANGE).contact
    form = ContactForm(obj=contact)
    _offer(form, contact.company_id)
    back = url_for("customers.show_contact", contact_id=contact_id)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            row = services.get_contact(session, contact_id, actor=g.actor)
            services.update_contact(session, row, _contact(form), actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(back, 303)
    return _form(form, contact.name, back, _("Save"))


@bp.route("/contacts/<int:contact_id>/access", methods=["GET", "POST"])
@guarded(GRANT)
def grant_access(contact_id: int) -> ResponseReturnValue:
    """Give a contact a login for the customer pages."""
    card = queries.contact_card(contact_id, g.actor)
    form = AccessForm(data={"login": card.login or card.contact.email})
    back = url_for("customers.show_contact", contact_id=contact_id)
    if form.submitted():
        with form.refusals():
            if form.password.data:
                check_strength(form.password.data, login=form.login.data or "")
        if form.accepted:
            hashed = hash_password(form.password.data) if form.password.data else None
            with form.refusals(), unit_of_work() as session:
                contact = services.get_contact(session, contact_id, actor=g.actor)
                services.grant_portal_access(
                    session, contact, form.login.data or "", actor=g.actor, password_hash=hashed
                )
            if form.accepted:
                flash(_("The contact can sign in now."), "success")
                return redirect(back, 303)
    return _form(form, _("Login of %(name)s", name=card.contact.name), back, _("Save"))


@bp.post("/contacts/<int:contact_id>/access/revoke")
@guarded(GRANT)
def revoke_access(contact_id: int) -> ResponseReturnValue:
    """Take a contact's login away; his sessions end at once."""
    with unit_of_work() as session:
        contact = services.get_contact(session, contact_id, actor=g.actor)
        services.revoke_portal_access(session, contact, actor=g.actor)
    flash(_("The login is taken away."), "success")
    return redirect(url_for("customers.show_contact", contact_id=contact_id), 303)


@bp.post("/contacts/<int:contact_id>/anonymise")
@guarded(READ)
def anonymise_contact(contact_id: int) -> ResponseReturnValue:
    """Remove who the person was; his tickets stay."""
    with unit_of_work() as session:
        contact = services.get_contact(session, contact_id, actor=g.actor)
        services.anonymise_contact(session, contact, actor=g.actor)
    flash(_("The person is anonymised."), "success")
    return redirect(url_for("customers.show_contact", contact_id=contact_id), 303)


def _offer(form: ContactForm, held: int | None = None) -> None:
    form.company_id.choices = [("", "–"), *queries.company_choices(g.actor, held)]
    form.timezone.choices = timezone_choices()


def _company(form: CompanyForm) -> CompanyValues:
    names = ("name", "category_id", "phone", "email", "website", "address", "note")
    values = {name: getattr(form, name).data for name in names}
    return CompanyValues(**{**values, "note": values["note"] or ""})


def _contact(form: ContactForm) -> ContactValues:
    names = ("name", "company_id", "email", "phone", "position", "timezone", "language")
    return ContactValues(**{name: getattr(form, name).data for name in names})


def _form(form: Any, title: str, back: str, label: str) -> tuple[str, int]:
    pickers = ("company_id", "timezone")
    page = render_template(
        "core/users/form.html", form=form, title=title, back_url=back, submit_label=label, pickers=pickers
    )
    return page, form.status
